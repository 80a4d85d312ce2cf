//! Markdown documents: their fenced blocks, and the tables in them that are made of what the program knows.

mod tables;

use std::path::Path;

use crate::replay;

/// The document with its commands played again in `place`.
pub fn replayed(document: &str, place: &Path, environment: replay::Environment<'_>) -> String {
    let mut now = String::new();
    let mut written = 0;
    for block in blocks(document).iter().filter(|block| block.language == "console") {
        now.push_str(&document[written..block.start]);
        now.push_str(&replay::play(block.text, place, environment));
        written = block.start + block.text.len();
    }
    now.push_str(&document[written..]);
    now
}

/// A fenced block.
pub struct Block<'a> {
    /// The word behind the fence.
    pub language: &'a str,
    /// What stands between the fences.
    pub text: &'a str,
    /// Where that begins, in bytes.
    pub start: usize,
    /// The line of the fence.
    pub line: usize,
    /// Under which name it is a file: a line `**`name`**` in front of it says so.
    pub name: Option<&'a str>,
    /// Whether a comment in front of it says that it is there for what is found in it.
    pub is_meant_to_show_findings: bool,
}

impl Block<'_> {
    /// Whether it is an allowlist, or is meant to be one.
    pub fn is_allowlist(&self) -> bool {
        let first = self.text.lines().find(|line| !line.starts_with('#')).unwrap_or_default();
        self.language == "yaml" && first.starts_with("version:")
    }

    /// Whether it is a recipe for continuous integration.
    pub fn is_recipe(&self) -> bool {
        self.language == "yaml" && (self.text.starts_with("name: ") || self.text.starts_with("trigger: "))
    }
}

/// The fenced blocks of a document, in its order.
pub fn blocks(document: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let (mut offset, mut name, mut shows, mut open) = (0, None, false, None);
    for (index, line) in document.split_inclusive('\n').enumerate() {
        let text = line.trim_end();
        if let Some((language, start, at)) = open {
            if text == "```" {
                let inner = &document[start..offset];
                blocks.push(Block { language, text: inner, start, line: at, name, is_meant_to_show_findings: shows });
                (open, name, shows) = (None, None, false);
            }
        } else if let Some(language) = text.strip_prefix("```") {
            open = Some((language, offset + line.len(), index + 1));
        } else if text == "<!-- meant to show findings -->" {
            shows = true;
        } else if !text.is_empty() {
            name = text.strip_prefix("**`").and_then(|rest| rest.strip_suffix("`**"));
            shows = false;
        }
        offset += line.len();
    }
    blocks
}

/// The document with its tables made anew: what stands between `<!-- generated: NAME -->` and `<!-- end -->`.
pub fn with_tables(document: &str) -> String {
    let mut made = String::new();
    let mut is_inside = false;
    for line in document.split_inclusive('\n') {
        let name = line.trim_end().strip_prefix("<!-- generated: ").and_then(|rest| rest.strip_suffix(" -->"));
        if line.trim_end() == "<!-- end -->" {
            is_inside = false;
        }
        if !is_inside {
            made.push_str(line);
        }
        if let Some(name) = name {
            is_inside = true;
            made.push_str(&format!("\n{}\n", tables::table(name)));
        }
    }
    made
}
