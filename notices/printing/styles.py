"""The style sheets of print: one for all papers, one for each. Nothing here depends on the document."""

from __future__ import annotations

from notices.printing import geometry as g
from notices.printing.faces import ROLES, STRONG, font_family

_ROLES = "".join(f".{role}{{font-family:{font_family(role)}}}" for role in ROLES)

BASE_CSS = f"""
html{{font-family:{font_family("fang")};font-size:{g.pt(g.BODY)};color:#000}}
body,p,h1,h2,h3,h4,h5,div,section{{margin:0;padding:0;font-size:inherit;font-weight:400;line-height:1}}
.sheet{{position:relative;overflow:hidden;break-after:page}}
.sheet:last-child{{break-after:auto}}
.b{{position:absolute;white-space:pre;width:1pt}}
.l{{font-size:{g.pt(g.BODY)};line-height:{g.pt(g.PITCH)};height:{g.pt(g.PITCH)}}}
.h{{font-feature-settings:"halt"}}
.st{{font-family:{",".join(face.family for face in STRONG)}}}
.fu{{font-size:11pt}}
.wm{{font-size:88pt;line-height:1;text-align:center;color:#eee;transform:rotate(-30deg)}}
.chart svg{{display:block;width:100%;height:100%}}
.seal img{{display:block;width:100%}}
svg{{display:block}}
{_ROLES}
"""

PAGE_CSS: dict[str, str] = {
    "a4": f"@page{{size:{g.pt(g.A4_WIDTH)} {g.pt(g.A4_HEIGHT)};margin:0}}"
    f".a4{{width:{g.pt(g.A4_WIDTH)};height:{g.pt(g.A4_HEIGHT)}}}",
    "a4l": f"@page{{size:{g.pt(g.A4_HEIGHT)} {g.pt(g.A4_WIDTH)};margin:0}}"
    f".a4l{{width:{g.pt(g.A4_HEIGHT)};height:{g.pt(g.A4_WIDTH)}}}",
    "a3": f"@page{{size:{g.pt(g.A3_WIDTH)} {g.pt(g.A3_HEIGHT)};margin:0}}"
    f".a3{{width:{g.pt(g.A3_WIDTH)};height:{g.pt(g.A3_HEIGHT)}}}",
    "a3l": f"@page{{size:{g.pt(g.A3_HEIGHT)} {g.pt(g.A3_WIDTH)};margin:0}}"
    f".a3l{{width:{g.pt(g.A3_HEIGHT)};height:{g.pt(g.A3_WIDTH)}}}",
    "a5l": f"@page{{size:{g.pt(g.A5_LONG)} {g.pt(g.A5_SHORT)};margin:0}}"
    f".a5l{{width:{g.pt(g.A5_LONG)};height:{g.pt(g.A5_SHORT)}}}",
    # The roll is as long as its receipt: page size and height stand in the style of the printout.
    "roll": f".roll{{width:{g.pt(g.ROLL_WIDTH)}}}",
}
