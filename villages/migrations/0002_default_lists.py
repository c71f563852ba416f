"""The lists that a township starts with: tags, kinds of organisations, standards, banks of people. All of it is data
that can be changed afterwards. Sources in brackets are the documents of domain.md; [ours] where they are silent."""

from django.db import migrations

# name, target, category, sensitive
TAGS = (
    ("低保", "household", "帮扶", True),
    ("五保", "household", "帮扶", True),
    ("脱贫户", "household", "帮扶", True),
    ("监测户", "household", "帮扶", True),
    ("计生特殊家庭", "household", "帮扶", True),
    ("空巢老人", "household", "关爱", True),
    ("留守儿童", "household", "关爱", True),
    ("残疾人", "household", "关爱", True),
    ("退役军人", "household", "优抚", False),
    ("烈属", "household", "优抚", False),
    ("党员中心户", "household", "党建", False),
    ("治安中心户", "household", "平安", False),
    ("文明户", "household", "荣誉", False),
    ("老党员", "resident", "五老", False),
    ("老干部", "resident", "五老", False),
    ("老教师", "resident", "五老", False),
    ("老军人", "resident", "五老", False),
    ("老模范", "resident", "五老", False),
    ("乡贤", "resident", "人才", False),
    ("能人", "resident", "人才", False),
    ("致富带头人", "resident", "人才", False),
    ("技术人才", "resident", "人才", False),
    ("在外创业", "resident", "人才", False),
    ("热心公益", "resident", "志愿", False),
    ("志愿者", "resident", "志愿", False),
    ("村民代表", "resident", "自治", False),
    ("户主理事", "resident", "自治", False),
    ("残疾", "resident", "关爱", True),
    ("孤儿", "resident", "关爱", True),
    ("重病", "resident", "关爱", True),
    ("社区矫正", "resident", "平安", True),
    ("精神障碍", "resident", "平安", True),
)

# code, name, purpose
KINDS = (
    ("party_branch", "村党支部", "领导村级各类组织和各项工作"),
    ("party_group", "党小组", "在村民小组、村湾联系党员和群众"),
    ("villagers_committee", "村民委员会", "自我管理、自我教育、自我服务"),
    ("supervision_committee", "村务监督委员会", "监督村务决策、公开和财务"),
    ("representatives", "村民代表会议", "讨论决定村民会议授权的事项"),
    ("economic_cooperative", "股份经济合作社", "管理集体资产,发展集体经济"),
    ("cooperative", "乡村合作公司(合作社)", "承接小微项目,组织群众务工"),
    ("civilisation_station", "新时代文明实践站", "文明实践和志愿服务"),
    ("service_centre", "为民服务中心", "代办群众事项"),
    ("board", "村湾理事会", "村湾事务的议事和管理"),
    ("heads_board", "户主理事会", "户主共商村湾事务"),
    ("worthies_board", "乡贤理事会", "联络乡贤,筹资筹智"),
    ("governance_committee", "乡村治理委员会", "统筹各群众自治协会"),
    ("environment", "环境促进会", "人居环境整治和管护"),
    ("ethics", "道德评议会", "评议道德行为,推荐典型"),
    ("safety", "平安互助会", "矛盾化解、邻里守望"),
    ("project_supervision", "项目监事会", "监督项目质量、进度和用工用料"),
    ("integrity", "廉洁监督会", "监督资金使用和干部作风"),
    ("deliberation", "村民议事会", "商议村内公共事务"),
    ("wedding_funeral", "红白理事会", "倡导婚事新办、丧事简办"),
    ("drugs_gambling", "禁毒禁赌会", "禁毒禁赌宣传和劝导"),
    ("acceptance_team", "尖刀班", "攻坚、验收和督促整改"),
    ("volunteers", "志愿服务队", "志愿服务"),
    ("women", "妇女议事会", "联系服务妇女儿童"),
    ("youth", "青年联合会", "联系服务青年"),
)

# code, name, source, items (name, requirement, kind or "")
STANDARDS = (
    (
        "one_core",
        "一核一会一社",
        "沙坪镇共同缔造指导意见 [004]",
        (
            ("一核:党组织", "党支部或党小组建到村湾", "party_branch"),
            ("一会:理事会", "村湾理事会由群众推选产生", "board"),
            ("一社:合作社", "合作社或合作公司承接小微项目", "cooperative"),
        ),
    ),
    (
        "ten_ones",
        "10个1工作清单",
        "崇阳县共同缔造示范村湾“10个1”工作清单 [004];各项内容由镇对照县清单核定 [ours]",
        (
            ("一个党组织", "党支部或党小组建到村湾,有固定活动", "party_branch"),
            ("一个理事会", "村湾理事会正常议事", "board"),
            ("一个合作社", "合作社或合作公司承接项目", "cooperative"),
            ("一支志愿服务队", "有队伍、有活动记录", "volunteers"),
            ("一份村湾公约", "群众议定,张贴上墙", ""),
            ("一处议事场所", "有固定的村湾夜话场所", ""),
            ("一套积分制", "细则经会议通过,每月公示", ""),
            ("一张问题清单", "每月更新,办结销号", ""),
            ("一面公示栏", "公示及时、内容齐全", ""),
            ("一项共建项目", "群众投工投劳参与建设", ""),
        ),
    ),
    (
        "one_six_n",
        "1+6+N组织体系",
        "村庄共同缔造方案 [000-4]",
        (
            ("乡村治理委员会", "党组织领导", "governance_committee"),
            ("环境促进会", "", "environment"),
            ("乡贤理事会", "", "worthies_board"),
            ("道德评议会", "", "ethics"),
            ("平安互助会", "", "safety"),
            ("项目监事会", "", "project_supervision"),
            ("廉洁监督会", "", "integrity"),
            ("N:其他群众组织", "至少一个志愿服务队或兴趣团队", "volunteers"),
        ),
    ),
    (
        "covenant_four",
        "一约四会",
        "基层治理方案 [001]、文明村镇方案 [003-6]",
        (
            ("村规民约", "经村民会议通过并公布", ""),
            ("村民议事会", "", "deliberation"),
            ("红白理事会", "", "wedding_funeral"),
            ("道德评议会", "", "ethics"),
            ("禁毒禁赌会", "", "drugs_gambling"),
        ),
    ),
    (
        "three_one",
        "3会1社1站1中心",
        "基层治理方案 [001]、文明村镇方案 [003-6]",
        (
            ("村民委员会", "", "villagers_committee"),
            ("村务监督委员会", "", "supervision_committee"),
            ("村民代表会议", "", "representatives"),
            ("股份经济合作社", "", "economic_cooperative"),
            ("新时代文明实践站", "", "civilisation_station"),
            ("为民服务中心", "", "service_centre"),
        ),
    ),
)

# code, name, description, tags, political statuses, with skills
BANKS = (
    ("party", "党员库", "中共党员和预备党员 [002-3]", (), ("party", "probationary"), False),
    ("able", "能人库", "能人、致富带头人、技术人才 [002-3]", ("能人", "致富带头人", "技术人才"), (), False),
    ("kind", "热心公益人员库", "热心公益的人和志愿者 [002-3]", ("热心公益", "志愿者"), (), False),
    (
        "five_old",
        "五老",
        "老党员、老干部、老教师、老军人、老模范",
        ("老党员", "老干部", "老教师", "老军人", "老模范"),
        (),
        False,
    ),
    ("worthies", "乡贤", "本村乡贤和在外创业人士", ("乡贤", "在外创业"), (), False),
    ("talent", "人才库", "有技能特长的人和各类人才", ("能人", "技术人才", "致富带头人"), (), True),
)


def seed(apps, schema_editor):
    model = apps.get_model
    alias = schema_editor.connection.alias
    Tag, Kind = model("villages", "Tag"), model("villages", "OrganisationKind")
    Standard, Item = model("villages", "OrganisationStandard"), model("villages", "StandardItem")
    Bank = model("villages", "TalentBank")
    for order, (name, target, category, sensitive) in enumerate(TAGS, start=1):
        Tag.objects.using(alias).get_or_create(
            name=name,
            defaults={"target": target, "category": category, "sensitive": sensitive, "order": order * 10},
        )
    kinds = {}
    for order, (code, name, purpose) in enumerate(KINDS, start=1):
        kinds[code], _ = Kind.objects.using(alias).get_or_create(
            code=code, defaults={"name": name, "purpose": purpose, "order": order * 10}
        )
    for order, (code, name, source, items) in enumerate(STANDARDS, start=1):
        standard, made = Standard.objects.using(alias).get_or_create(
            code=code, defaults={"name": name, "source": source, "order": order * 10}
        )
        if not made:
            continue
        for position, (item, requirement, kind) in enumerate(items, start=1):
            Item.objects.using(alias).create(
                standard=standard,
                order=position,
                name=item,
                requirement=requirement,
                organisation_kind=kinds[kind] if kind else None,
            )
    for order, (code, name, description, tags, statuses, with_skills) in enumerate(BANKS, start=1):
        bank, made = Bank.objects.using(alias).get_or_create(
            code=code,
            defaults={
                "name": name,
                "description": description,
                "political_statuses": list(statuses),
                "with_skills": with_skills,
                "order": order * 10,
            },
        )
        if made:
            bank.tags.set(Tag.objects.using(alias).filter(name__in=tags))


class Migration(migrations.Migration):
    dependencies = [("villages", "0001_initial")]
    # Undoing leaves the rows: households may carry the tags.
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
