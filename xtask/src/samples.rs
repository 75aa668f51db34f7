//! The samples of the documentation that the native API follows, run as they are written there: in the shell, JavaScript,
//! Python and Go. A server's address and key are put in, and nothing else is changed.
//!
//! As documented they send `{}`, which must be refused in words that name `name`; with a name they must get a key.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::invocation::{answer, run as call};
use crate::server_under_test::ServerUnderTest;
use crate::tools::DebianTool;
use crate::version::Version;
use crate::workspace;

const DOCUMENTED_HOST: &str = "https://api.example.com";
const DOCUMENTED_TOKEN: &str = "YOUR_API_TOKEN";
const DOCUMENTED_BODY: &str = "{}";
const NAMED_BODY: &str = r#"{"name": "sample"}"#;

/// What `clients/samples` holds, and what runs it.
const SAMPLES: [Sample; 4] = [
    Sample { file: "create_key.sh", runner: Runner::Bash },
    Sample { file: "create_key.mjs", runner: Runner::Node },
    Sample { file: "create_key.py", runner: Runner::Python },
    Sample { file: "create_key.go", runner: Runner::Go },
];

const GO: DebianTool = DebianTool { probe: &["go", "version"], package: "golang-go" };
const REQUESTS: Version = Version(2, 34, 2);

struct Sample {
    file: &'static str,
    runner: Runner,
}

#[derive(Clone, Copy)]
enum Runner {
    Bash,
    Node,
    Python,
    Go,
}

/// What an answer must say, as a sample prints it.
struct Expected {
    body: &'static str,
    what: &'static str,
    /// Without quotes and spaces: each language prints the answer in its own way.
    words: &'static [&'static str],
}

const EXPECTED: [Expected; 2] = [
    Expected {
        body: DOCUMENTED_BODY,
        what: "400 that names `name`",
        words: &["code:400", "message:nameisrequired", "field:name"],
    },
    Expected {
        body: NAMED_BODY,
        what: "200 with the key",
        words: &["code:200", "message:success", "name:sample", "key:kw_"],
    },
];

/// Runs every sample with and without a name against a server of its own, and fails unless all are answered as they should.
pub(crate) fn run() -> Result<()> {
    let python = ensure_requests()?;
    GO.ensure()?;
    let mut server = ServerUnderTest::start()?;
    let (mut passed, mut failed) = (0, 0);
    for sample in &SAMPLES {
        for expected in &EXPECTED {
            let outcome = try_out(sample, expected, &server, &python);
            match &outcome {
                Ok(()) => passed += 1,
                Err(_) => failed += 1,
            }
            let verdict = outcome.map_or_else(|error| format!("FAILED: {error:#}"), |()| "passed".to_owned());
            println!("{:<16} {:<22} {verdict}", sample.file, expected.what);
        }
    }
    println!("{passed} passed, {failed} failed");
    server.check_running()?;
    if failed > 0 {
        println!("\n{}", server.log_tail());
        bail!("{failed} of {} runs of the samples were not answered as documented", passed + failed);
    }
    Ok(())
}

fn try_out(sample: &Sample, expected: &Expected, server: &ServerUnderTest, python: &Path) -> Result<()> {
    let path = workspace::root().join("clients/samples").join(sample.file);
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let host = format!("http://{}", server.address());
    let text = replace_once(&text, DOCUMENTED_HOST, &host)?;
    let text = replace_once(&text, DOCUMENTED_TOKEN, server.root_key())?;
    let text = replace_once(&text, DOCUMENTED_BODY, expected.body)?;
    // It holds the root key: it lies beside the server's own files and vanishes with them.
    let copy = server.folder().join(sample.file);
    fs::write(&copy, text)?;

    let mut command = match sample.runner {
        Runner::Bash => Command::new("bash"),
        Runner::Node => Command::new("node"),
        Runner::Python => Command::new(python),
        Runner::Go => {
            let mut go = Command::new("go");
            // Nothing is to be fetched, and what is compiled stays in the checkout.
            go.arg("run").env("GOPROXY", "off").env("GOCACHE", workspace::root().join(".tools/go-cache"));
            go
        }
    };
    // A proxy of the environment must not come between the two.
    command.arg(&copy).env("NO_PROXY", "127.0.0.1").env("no_proxy", "127.0.0.1").stdin(Stdio::null());
    let program = command.get_program().to_owned();
    let output = command.output().with_context(|| format!("cannot start `{}`", program.display()))?;
    let printed = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).replace(server.root_key(), DOCUMENTED_TOKEN);
        bail!("it ended with {}: {}", output.status, said.trim());
    }
    match first_missing(&printed, expected.words) {
        None => Ok(()),
        // What was printed may hold a new key, so it is not shown.
        Some(word) => bail!("the answer that it printed does not say `{word}`"),
    }
}

fn replace_once(text: &str, what: &str, with: &str) -> Result<String> {
    match text.matches(what).count() {
        1 => Ok(text.replace(what, with)),
        count => bail!("the sample has `{what}` {count} times, and once is needed"),
    }
}

fn first_missing<'a>(printed: &str, words: &[&'a str]) -> Option<&'a str> {
    let is_noise = |c: char| c.is_whitespace() || c == '"' || c == '\'';
    let bare: String = printed.chars().filter(|c| !is_noise(*c)).collect();
    words.iter().find(|word| !bare.contains(**word)).copied()
}

/// The Python of the checkout's own environment, with `requests`.
fn ensure_requests() -> Result<PathBuf> {
    let venv = workspace::root().join(".tools/venv");
    let python = venv.join("bin/python");
    let has =
        |module: &str| answer(Command::new(&python).args(["-c", &format!("import {module}")])).is_some();
    if !has("sys") {
        call(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv)).context(
            "Python's venv module does not work; Debian and Ubuntu have it in the package python3-venv",
        )?;
    }
    if !has("requests") {
        println!("requests is not here: installing it into .tools/venv.");
        call(
            Command::new(&python)
                .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
                .arg(format!("requests=={REQUESTS}")),
        )?;
    }
    Ok(python)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the documentation's page gives them when its text is copied: without the line breaks.
    const DOCUMENTED: [(&str, &str); 4] = [
        (
            "create_key.sh",
            r"curl -X POST 'https://api.example.com/v1/api-keys' \ -H 'Authorization: Bearer YOUR_API_TOKEN' \ -H 'Content-Type: application/json' \ -d '{}'",
        ),
        (
            "create_key.mjs",
            r#"const response = await fetch('https://api.example.com/v1/api-keys', { method: 'POST', headers: { "Authorization": "Bearer YOUR_API_TOKEN", "Content-Type": "application/json" }, body: JSON.stringify({})});const data = await response.json();console.log(data);"#,
        ),
        (
            "create_key.py",
            r"import requestsheaders = { 'Authorization': 'Bearer YOUR_API_TOKEN'}response = requests.post('https://api.example.com/v1/api-keys', headers=headers, json={})print(response.json())",
        ),
        (
            "create_key.go",
            r#"package mainimport ( "fmt" "io" "net/http" "strings")func main() { body := strings.NewReader(`{}`) req, _ := http.NewRequest("POST", "https://api.example.com/v1/api-keys", body) req.Header.Set("Authorization", "Bearer YOUR_API_TOKEN") req.Header.Set("Content-Type", "application/json") resp, _ := http.DefaultClient.Do(req) defer resp.Body.Close() result, _ := io.ReadAll(resp.Body) fmt.Println(string(result))}"#,
        ),
    ];

    #[test]
    fn the_samples_are_the_documentations_own() {
        let without_spaces = |text: &str| text.split_whitespace().collect::<String>();
        for (sample, (file, documented)) in SAMPLES.iter().zip(DOCUMENTED) {
            assert_eq!(sample.file, file);
            let ours = fs::read_to_string(workspace::root().join("clients/samples").join(file)).unwrap();
            assert_eq!(without_spaces(&ours), without_spaces(documented), "{file}");
        }
    }

    #[test]
    fn an_answer_is_read_in_every_languages_print() {
        let words = EXPECTED[0].words;
        for printed in [
            r#"{"code":400,"message":"name is required","details":[{"field":"name","message":"is required"}]}"#,
            "{\n  code: 400,\n  message: 'name is required',\n  details: [ { field: 'name', message: 'is required' } ]\n}",
            "{'code': 400, 'message': 'name is required', 'details': [{'field': 'name', 'message': 'is required'}]}",
        ] {
            assert_eq!(first_missing(printed, words), None, "{printed}");
        }
        assert_eq!(first_missing("{\"code\":401}", words), Some("code:400"));
    }

    #[test]
    fn what_is_to_be_replaced_is_there_once() {
        assert_eq!(replace_once("a {} b", "{}", "c").unwrap(), "a c b");
        assert!(replace_once("a {} {}", "{}", "c").is_err());
        assert!(replace_once("a", "{}", "c").is_err());
    }
}
