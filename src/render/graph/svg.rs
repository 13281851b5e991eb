//! A picture as SVG, for a page, a document or a chat. It needs no other program.

use super::layout::{HEIGHT, TITLE, layout};
use super::{Picture, escaped};

/// The picture as one SVG document. Colours repeat what the symbols in the boxes say.
pub fn svg(picture: &Picture) -> String {
    let layout = layout(picture);
    let (width, height) = (layout.width.ceil(), layout.height.ceil());
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         role=\"img\" aria-label=\"{} resources\">\n<style>{STYLE}</style>\n<rect class=\"ground\" width=\"100%\" height=\"100%\"/>\n",
        picture.nodes.len()
    );
    for frame in &layout.frames {
        out.push_str(&format!(
            "<rect class=\"module\" x=\"{:.0}\" y=\"{:.0}\" width=\"{:.0}\" height=\"{:.0}\" rx=\"8\"/>\
             <text class=\"type\" x=\"{:.0}\" y=\"{:.0}\">{}</text>\n",
            frame.x,
            frame.y,
            frame.width,
            frame.height,
            frame.x + 14.0,
            frame.y + TITLE,
            escaped(&frame.module)
        ));
    }
    for (from, to) in &picture.edges {
        let (first, then) = (layout.places[*to], layout.places[*from]);
        let (x1, y1) = (first.x + first.width, first.y + HEIGHT / 2.0);
        let (x2, y2) = (then.x, then.y + HEIGHT / 2.0);
        let bend = ((x2 - x1) / 2.0).max(20.0);
        out.push_str(&format!(
            "<path class=\"edge\" d=\"M{x1:.0} {y1:.0}C{:.0} {y1:.0} {:.0} {y2:.0} {x2:.0} {y2:.0}\"/>\n",
            x1 + bend,
            x2 - bend
        ));
    }
    for (node, place) in picture.nodes.iter().zip(&layout.places) {
        let (ty, name) = node.name.rsplit_once('.').unwrap_or(("", &node.name));
        let symbol = node.verbs.first().map_or(String::new(), |verb| format!("{} ", verb.symbol()));
        out.push_str(&format!(
            "<g class=\"{}\" transform=\"translate({:.0} {:.0})\"><title>{}</title><rect width=\"{:.0}\" height=\"{HEIGHT}\" rx=\"6\"/>\
             <text class=\"type\" x=\"10\" y=\"15\">{}</text><text x=\"10\" y=\"31\">{}{}</text></g>\n",
            node.verbs.first().map_or("same", |verb| verb.class()),
            place.x,
            place.y,
            escaped(&node.address),
            place.width,
            escaped(ty),
            escaped(&symbol),
            escaped(name)
        ));
    }
    out.push_str("</svg>\n");
    out
}

const STYLE: &str = "text{font:12px ui-monospace,Menlo,Consolas,monospace;fill:#101828}.type{font-size:10px;fill:#475467}\
.ground{fill:#fff}.module{fill:#475467;fill-opacity:.05;stroke:#d0d5dd}.edge{fill:none;stroke:#98a2b3;stroke-width:1.2}g rect{fill:#f9fafb;stroke:#98a2b3}\
.create rect{fill:#ecfdf3;stroke:#067647;stroke-width:1.5}.change rect{fill:#fffaeb;stroke:#b54708;stroke-width:1.5}\
.destroy rect{fill:#fef3f2;stroke:#b42318;stroke-width:2}.read rect{fill:#eff8ff;stroke:#175cd3}";

#[cfg(test)]
mod tests {
    use super::super::tests::picture;
    use super::*;
    use crate::render::report::Verb;

    #[test]
    fn boxes_carry_symbols_and_edges_go_from_first_to_then() {
        let mut found = picture(&["t.a", "t.b"], &[(1, 0)]);
        found.nodes[1].verbs.insert(Verb::Replace);
        let text = svg(&found);
        assert!(text.contains("-/+ b</text>") && text.contains("<g class=\"destroy\""), "{text}");
        assert_eq!(text.matches("<path class=\"edge\"").count(), 1);
    }
}
