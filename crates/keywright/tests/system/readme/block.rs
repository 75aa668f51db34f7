//! The fenced blocks of a section of a Markdown document.

/// A fenced block.
pub(super) struct Block {
    pub(super) language: String,
    pub(super) text: String,
    /// The line of its opening fence, counted from 1.
    pub(super) line: usize,
}

/// The blocks between a heading and the next one of its level.
pub(super) fn blocks(document: &str, heading: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut inside: Option<Block> = None;
    let mut is_in_section = false;
    for (number, line) in (1..).zip(document.lines()) {
        let fence = line.trim_start().strip_prefix("```");
        match (&mut inside, fence) {
            (Some(_), Some(_)) => found.extend(inside.take()),
            (Some(block), None) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, Some(language)) if is_in_section => {
                inside =
                    Some(Block { language: language.trim().to_owned(), text: String::new(), line: number });
            }
            (None, _) if line.starts_with("## ") => is_in_section = line.trim_end() == heading,
            (None, _) => {}
        }
    }
    found
}

#[test]
fn only_the_blocks_of_the_section_are_found() {
    let document = "```sh\na\n```\n## One\n```sh\nb\nc\n```\ntext\n```json\n{}\n```\n## Two\n```sh\nd\n```\n";
    let found: Vec<_> = blocks(document, "## One")
        .into_iter()
        .map(|block| format!("{} {} {}", block.line, block.language, block.text))
        .collect();
    assert_eq!(found, ["5 sh b\nc\n", "10 json {}\n"]);
}
