"""The style sheets of print: one for all papers, one for each. Nothing here depends on the document."""

from __future__ import annotations

from notices.printing import geometry as g
from notices.printing.faces import ROLES, font_family

_ROLES = "".join(f".{role}{{font-family:{font_family(role)}}}" for role in ROLES)

BASE_CSS = f"""
html{{font-family:{font_family("fang")};font-size:{g.pt(g.BODY)};color:#000}}
body,p,h1,h2,h3,h4,h5,div,section,table{{margin:0;padding:0;font-size:inherit;font-weight:400;line-height:1}}
.sheet{{position:relative;overflow:hidden;break-after:page}}
.sheet:last-child{{break-after:auto}}
.b{{position:absolute;white-space:pre}}
.l{{font-size:{g.pt(g.BODY)};line-height:{g.pt(g.PITCH)};height:{g.pt(g.PITCH)}}}
.h{{font-feature-settings:"halt"}}
.t{{border-collapse:collapse;table-layout:fixed;width:{g.pt(g.TEXT_WIDTH)};font-size:{g.pt(g.TABLE_SIZE)};
line-height:{g.pt(g.TABLE_LEADING)};text-align:center}}
.t th,.t td{{border:{g.pt(g.TABLE_RULE)} solid #000;padding:0 3pt;vertical-align:middle;font-weight:400}}
.t th{{font-family:{font_family("hei")}}}
.fu{{font-size:11pt}}
.pt{{border-collapse:collapse;table-layout:fixed;font-size:{g.pt(g.POSTER_TEXT)};line-height:{g.pt(g.POSTER_ROW - g.POSTER_RULE)};
text-align:center}}
.pt th,.pt td{{padding:0;vertical-align:middle;font-weight:400;border-bottom:{g.pt(g.POSTER_RULE)} solid #999}}
.pt th{{font-family:{font_family("hei")};border-top:2pt solid #000;border-bottom:2pt solid #000}}
.pt tr.z td{{background:#f3f1ee}}
.pt tr.r td{{color:{g.POSTER_RED};font-family:{font_family("num")}}}
.wm{{font-size:88pt;line-height:1;text-align:center;color:#eee;transform:rotate(-30deg)}}
.chart svg{{display:block;width:100%;height:100%}}
.seal img{{display:block;width:100%}}
svg{{display:block}}
{_ROLES}
"""

PAGE_CSS: dict[str, str] = {
    "a4": f"@page{{size:{g.pt(g.A4_WIDTH)} {g.pt(g.A4_HEIGHT)};margin:0}}"
    f".a4{{width:{g.pt(g.A4_WIDTH)};height:{g.pt(g.A4_HEIGHT)}}}",
    "a3": f"@page{{size:{g.pt(g.A3_WIDTH)} {g.pt(g.A3_HEIGHT)};margin:0}}"
    f".a3{{width:{g.pt(g.A3_WIDTH)};height:{g.pt(g.A3_HEIGHT)}}}",
}
