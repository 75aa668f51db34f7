//! JSON written straight into the answer's text, for the answers that are given as often as the services behind it are
//! asked: most of it is known beforehand, and a serializer would look for escapes in every byte of it.

use serde::Serialize;

/// What writes itself as JSON.
pub(crate) trait WriteJson {
    /// Appends it. It fails on a map whose keys are no text, which nothing of ours has.
    fn write_json(&self, text: &mut Vec<u8>) -> serde_json::Result<()>;
}

/// An object that is written member by member.
pub(crate) struct JsonObject<'a> {
    text: &'a mut Vec<u8>,
    is_empty: bool,
}

impl<'a> JsonObject<'a> {
    /// Begins it.
    pub(crate) fn begin(text: &'a mut Vec<u8>) -> Self {
        text.push(b'{');
        Self { text, is_empty: true }
    }

    /// Begins what an object has among others.
    pub(crate) fn members(text: &'a mut Vec<u8>) -> Self {
        Self { text, is_empty: true }
    }

    /// A member of any kind.
    pub(crate) fn member(
        &mut self,
        name: &'static str,
        value: &(impl Serialize + ?Sized),
    ) -> serde_json::Result<()> {
        serde_json::to_writer(self.value_of(name), value)
    }

    /// A text without anything that needs an escape: an id, or a word of ours.
    pub(crate) fn word(&mut self, name: &'static str, word: &str) {
        let text = self.value_of(name);
        text.push(b'"');
        text.extend_from_slice(word.as_bytes());
        text.push(b'"');
    }

    /// Members that were written before, with what stands between them.
    pub(crate) fn written(&mut self, members: &str) {
        self.separate();
        self.text.extend_from_slice(members.as_bytes());
    }

    /// Where the value of a member goes. `name` needs no escape.
    pub(crate) fn value_of(&mut self, name: &'static str) -> &mut Vec<u8> {
        self.separate();
        self.text.push(b'"');
        self.text.extend_from_slice(name.as_bytes());
        self.text.extend_from_slice(b"\":");
        self.text
    }

    fn separate(&mut self) {
        if !std::mem::replace(&mut self.is_empty, false) {
            self.text.push(b',');
        }
    }

    /// Ends it.
    pub(crate) fn end(self) {
        self.text.push(b'}');
    }
}

impl<T: WriteJson> WriteJson for [T] {
    fn write_json(&self, text: &mut Vec<u8>) -> serde_json::Result<()> {
        text.push(b'[');
        for (position, item) in self.iter().enumerate() {
            if position > 0 {
                text.push(b',');
            }
            item.write_json(text)?;
        }
        text.push(b']');
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Pair(&'static str, u32);

    impl WriteJson for Pair {
        fn write_json(&self, text: &mut Vec<u8>) -> serde_json::Result<()> {
            let mut object = JsonObject::begin(text);
            object.member("name", &self.0)?;
            object.word("word", "a-1");
            object.written(r#""x":1,"y":null"#);
            object.member("number", &self.1)?;
            object.end();
            Ok(())
        }
    }

    #[test]
    fn it_is_what_a_serializer_writes() {
        let mut text = Vec::new();
        [Pair("a \"b\"\n", 1), Pair("ü", 2)].write_json(&mut text).unwrap();
        let expected = r#"[{"name":"a \"b\"\n","word":"a-1","x":1,"y":null,"number":1},{"name":"ü","word":"a-1","x":1,"y":null,"number":2}]"#;
        assert_eq!(String::from_utf8(text).unwrap(), expected);
        let mut empty = Vec::new();
        JsonObject::begin(&mut empty).end();
        <[Pair]>::write_json(&[], &mut empty).unwrap();
        assert_eq!(empty, b"{}[]");
    }
}
