"""The roles of domain.md section 0, and at which level of the tree each may be held."""

from __future__ import annotations

from django.db import models


class Role(models.TextChoices):
    COUNTY_ADMIN = "county_admin", "县级管理员"
    TOWNSHIP_ADMIN = "township_admin", "镇共同缔造办"
    DEPARTMENT = "department", "镇职能部门"
    TOWNSHIP_LEADER = "township_leader", "镇领导（审批）"
    VILLAGE_CADRE = "village_cadre", "村干部"
    VILLAGE_SECRETARY = "village_secretary", "村书记（审批）"
    ACCEPTANCE_TEAM = "acceptance_team", "尖刀班"
    GRID_HEAD = "grid_head", "网格长"
    GRID_WORKER = "grid_worker", "网格员"
    KEEPER = "keeper", "积分超市管理员"
    AUDITOR = "auditor", "监督员（只读）"


COUNTY, TOWNSHIP, VILLAGE, GROUP = 6, 9, 12, 15
LEVEL_LABELS = {COUNTY: "县", TOWNSHIP: "乡镇", VILLAGE: "村", GROUP: "组（网格）"}

# Lengths of the division code at which a role may be held: 6 county, 9 township, 12 village, 15 village group.
ROLE_LEVELS: dict[str, tuple[int, ...]] = {
    Role.COUNTY_ADMIN: (COUNTY,),
    Role.TOWNSHIP_ADMIN: (TOWNSHIP,),
    Role.DEPARTMENT: (TOWNSHIP,),
    Role.TOWNSHIP_LEADER: (TOWNSHIP,),
    Role.VILLAGE_CADRE: (VILLAGE,),
    Role.VILLAGE_SECRETARY: (VILLAGE,),
    Role.ACCEPTANCE_TEAM: (VILLAGE,),
    Role.GRID_HEAD: (VILLAGE, GROUP),
    Role.GRID_WORKER: (GROUP,),
    Role.KEEPER: (VILLAGE,),
    Role.AUDITOR: (COUNTY, TOWNSHIP, VILLAGE),
}
APPROVER_ROLES = (Role.TOWNSHIP_ADMIN, Role.TOWNSHIP_LEADER, Role.VILLAGE_SECRETARY, Role.COUNTY_ADMIN)
