"""Who is in a cadre page: village cadres and secretaries, in their village."""

from __future__ import annotations

from points.own_villages import village_page

PERMISSION = "points.use_cadre_pages"

cadre_page = village_page(PERMISSION, "cadre_village", levels=(12,))
