//! A small reader of the page: whether its tags are balanced, and what could run or load.

/// Elements without an end.
const VOID: [&str; 2] = ["meta", "br"];

pub(crate) struct Page {
    /// Element, and its attributes by name and value.
    elements: Vec<(String, Vec<(String, String)>)>,
    /// Between the tags, entities resolved, styles left out.
    pub(crate) text: String,
}

impl Page {
    /// Reads a page; panics where tags are not balanced, an attribute has no quotes, or a `<` or `&` stands by itself.
    pub(crate) fn parse(html: &str) -> Self {
        let mut page = Self {
            elements: Vec::new(),
            text: String::new(),
        };
        let mut open: Vec<String> = Vec::new();
        let mut rest = html.strip_prefix("<!DOCTYPE html>").unwrap();
        while let Some(start) = rest.find('<') {
            if open.last().is_none_or(|name| name != "style") {
                page.text.push_str(&resolved(&rest[..start]));
            }
            rest = &rest[start + 1..];
            if let Some(end) = rest.strip_prefix('/') {
                let (name, after) = end.split_once('>').unwrap();
                assert_eq!(open.pop().as_deref(), Some(name));
                rest = after;
                continue;
            }
            let until = rest.find([' ', '>']).unwrap();
            let name = rest[..until].to_owned();
            assert!(
                name.chars().all(|letter| letter.is_ascii_alphanumeric()),
                "<{name}"
            );
            rest = &rest[until..];
            let mut attributes = Vec::new();
            while let Some(attribute) = rest.strip_prefix(' ') {
                let (key, after) = attribute.split_once("=\"").unwrap();
                let (value, after) = after.split_once('"').unwrap();
                attributes.push((key.to_owned(), resolved(value)));
                rest = after;
            }
            rest = rest.strip_prefix('>').unwrap();
            if !VOID.contains(&name.as_str()) {
                open.push(name.clone());
            }
            page.elements.push((name, attributes));
        }
        assert_eq!(open, [""; 0]);
        assert!(rest.is_empty());
        page
    }

    /// Nothing runs, nothing is loaded, nothing leads outside; ids are unique, and what is referred to is there.
    pub(crate) fn is_inert(&self) {
        let values = |wanted: &'static str| {
            self.elements
                .iter()
                .flat_map(|(_, attributes)| attributes)
                .filter(move |(key, _)| key == wanted)
                .map(|(_, value)| value.as_str())
        };
        for (name, attributes) in &self.elements {
            let harmless = "html head meta title style body main header footer section h1 h2 h3 p ul li dl div dt dd figure \
                figcaption span a bdi details summary table caption thead tbody tr th td br svg desc path text circle rect";
            assert!(
                harmless.split_whitespace().any(|known| known == name),
                "<{name}>"
            );
            for (key, value) in attributes {
                assert!(
                    !key.starts_with("on") && key != "src" && key != "style" && !key.contains(':'),
                    "{key}"
                );
                assert!(key != "href" || value.starts_with('#'), "{value}");
                let said = ["title", "aria-label"].contains(&key.as_str());
                assert!(
                    said || !(value.contains("//") || value.contains("url(")),
                    "{key}={value}"
                );
            }
        }
        let mut ids: Vec<&str> = values("id").collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all, "an id stands twice");
        let referred = values("aria-labelledby").flat_map(str::split_whitespace);
        for id in referred.chain(values("href").map(|link| &link[1..])) {
            assert!(ids.contains(&id), "nothing has the id {id}");
        }
    }
}

fn resolved(text: &str) -> String {
    let mut rest = text;
    let mut out = String::new();
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let (entity, after) = after.split_once(';').unwrap();
        let known = [("lt", '<'), ("gt", '>'), ("amp", '&'), ("quot", '"')];
        out.push(known.iter().find(|known| known.0 == entity).unwrap().1);
        rest = after;
    }
    assert!(!rest.contains('>'), "{rest}");
    out + rest
}

#[test]
#[should_panic(expected = "<img>")]
fn an_image_would_be_found() {
    Page::parse("<!DOCTYPE html><p><img src=\"x\"></img></p>").is_inert();
}

#[test]
#[should_panic(expected = "onload")]
fn a_handler_would_be_found() {
    Page::parse("<!DOCTYPE html><p onload=\"x\"></p>").is_inert();
}

#[test]
#[should_panic(expected = "left")]
fn an_open_tag_would_be_found() {
    Page::parse("<!DOCTYPE html><p><b></p>");
}
