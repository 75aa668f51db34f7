//! A browser, and what a person does with it: they look for a field by its label and for a button by its words.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use thirtyfour::{
    By, ChromiumLikeCapabilities as _, DesiredCapabilities, Key, LoggingPrefsLogLevel, WebDriver, WebElement,
};

use super::chromedriver::Chromedriver;
use super::proxy::{Proxy, Request};
use crate::harness::Deadline;

const PATIENCE: Duration = Duration::from_secs(15);
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// How it is started. Whatever it wants for itself, it leaves out or asks of hosts that no page knows.
const ARGUMENTS: [&str; 16] = [
    "--headless=new",
    // The pages are our own, and a browser that root starts has no sandbox to offer.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-features=AutofillServerCommunication,MediaRouter,NetworkTimeServiceQuerying,OptimizationHints,\
     PasswordLeakDetection",
    "--component-updater=url-source=http://updates.browser.invalid/",
    "--gaia-url=http://accounts.browser.invalid",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
    "--lang=en-US",
    "--window-size=1280,900",
    // Addresses of the own machine take the proxy too.
    "--proxy-bypass-list=<-loopback>",
];

/// Whether pages may run scripts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scripts {
    On,
    Off,
}

/// A browser with cookies of its own. It must be closed in the end, which says what it met.
pub(crate) struct Browser {
    driver: WebDriver,
    _chromedriver: Chromedriver,
    proxy: Proxy,
    base: String,
    /// Answers with an error that a test provokes: a browser notes each one down.
    provoked: Vec<u16>,
    may_ask: BTreeSet<String>,
    is_closed: bool,
}

impl Browser {
    /// Starts one for pages of `http://host`.
    pub(crate) async fn start(host: &str, scripts: Scripts) -> Self {
        let chromedriver = Chromedriver::start();
        let proxy = Proxy::start().await;
        let mut wishes = DesiredCapabilities::chrome();
        for argument in ARGUMENTS {
            wishes.add_arg(argument).unwrap();
        }
        wishes.add_arg(&format!("--proxy-server=http://{}", proxy.address())).unwrap();
        let preferences = json!({
            "autofill.credit_card_enabled": false,
            "autofill.profile_enabled": false,
            "browser.enable_spellchecking": false,
            "spellcheck.dictionaries": [],
            "credentials_enable_service": false,
            "profile.password_manager_leak_detection": false,
            // 1: run them, 2: do not.
            "profile.default_content_setting_values.javascript": if scripts == Scripts::On { 1 } else { 2 },
        });
        wishes.add_experimental_option("prefs", preferences).unwrap();
        wishes.set_browser_log_level(LoggingPrefsLogLevel::All).unwrap();
        // A proxy of the environment must not come between the two.
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_mins(1)).build().unwrap();
        let driver = WebDriver::builder(chromedriver.url(), wishes)
            .client(http)
            .connect()
            .await
            .unwrap_or_else(|error| panic!("the browser does not start (is `chromium` here?): {error}"));
        Self {
            driver,
            _chromedriver: chromedriver,
            proxy,
            base: format!("http://{host}"),
            provoked: Vec::new(),
            may_ask: BTreeSet::from([host.to_owned()]),
            is_closed: false,
        }
    }

    /// Says that the test provokes answers with this status.
    pub(crate) fn expect_refusal(&mut self, status: u16) {
        self.provoked.push(status);
    }

    /// Says that the test itself sends the browser to another host.
    pub(crate) fn expect_host(&mut self, host: String) {
        self.may_ask.insert(host);
    }

    /// Ends it. It has asked nobody but the server for anything, and had nothing to complain of.
    pub(crate) async fn close(mut self) {
        self.is_closed = true;
        let complaints = self.complaints().await;
        assert!(complaints.is_empty(), "the browser complained:\n{}", complaints.join("\n"));
        let hosts = self.proxy.hosts();
        assert_eq!(hosts, self.may_ask, "the hosts that the browser asked for something");
        self.driver.clone().quit().await.unwrap();
    }

    /// What it wrote to its console and no test provoked. It forgets them by that.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let entries = self.driver.browser_log().await.unwrap();
        let is_provoked = |message: &str| {
            let says = |status: &u16| {
                message.contains(&format!(
                    "Failed to load resource: the server responded with a status of {status} "
                ))
            };
            self.provoked.iter().any(says)
        };
        let is_complaint = |level: &str| level == "SEVERE" || level == "WARNING";
        entries
            .into_iter()
            .filter(|entry| is_complaint(&entry.level) && !is_provoked(&entry.message))
            .map(|entry| format!("{}: {}", entry.level, entry.message))
            .collect()
    }

    /// Waits until it has complained of something. It forgets all its complaints by that.
    pub(crate) async fn wait_for_complaint(&self, of: &str) {
        self.wait_for(of, async || {
            self.complaints().await.iter().any(|complaint| complaint.contains(of)).then_some(())
        })
        .await;
    }

    /// Every request that it has sent.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.proxy.seen()
    }

    /// Opens an address: a whole one, or a path of the server.
    pub(crate) async fn open(&self, address: &str) {
        let url =
            if address.starts_with('/') { format!("{}{address}", self.base) } else { address.to_owned() };
        self.driver.goto(url.as_str()).await.unwrap_or_else(|error| panic!("{url}: {error}"));
    }

    /// Path and query of the page that it shows.
    pub(crate) async fn path(&self) -> String {
        let url = self.driver.current_url().await.unwrap();
        url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
    }

    /// Loads the page once more. A form that it came by is sent once more.
    pub(crate) async fn reload(&self) {
        self.driver.refresh().await.unwrap();
    }

    /// Types into a field, in place of what is in it.
    pub(crate) async fn fill(&self, label: &str, text: &str) {
        let field = self.field(label).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap_or_else(|error| panic!("{label}: {error}"));
    }

    /// Ticks a box, or chooses a circle.
    pub(crate) async fn choose(&self, label: &str) {
        self.field(label).await.click().await.unwrap_or_else(|error| panic!("{label}: {error}"));
    }

    /// Chooses from a list.
    pub(crate) async fn select(&self, label: &str, option: &str) {
        // As a person at a keyboard does: what is typed chooses the option that begins so.
        self.field(label).await.send_keys(option).await.unwrap();
    }

    /// Clicks on a button or a link.
    pub(crate) async fn press(&self, words: &str) {
        self.button(words).await.click().await.unwrap_or_else(|error| panic!("{words}: {error}"));
    }

    /// Clicks on one of several buttons with the same words, counted from 0.
    pub(crate) async fn press_at(&self, words: &str, at: usize) {
        let found = self.driver.execute(include_str!("find_buttons.js"), vec![json!(words)]).await.unwrap();
        let button = found.elements().unwrap().into_iter().nth(at).expect("there are not so many");
        button.click().await.unwrap();
    }

    /// Clicks on the first button of a dialog whose words begin so.
    pub(crate) async fn press_that_begins(&self, words: &str) {
        let path = format!("//*[@role='dialog']//button[starts-with(normalize-space(.), '{words}')]");
        let button =
            self.wait_for(words, async || self.driver.find(By::XPath(path.as_str())).await.ok()).await;
        button.click().await.unwrap();
    }

    /// Leaves only one box of those with its name ticked.
    pub(crate) async fn tick_only(&self, value: &str) {
        let script = "for (const box of document.querySelectorAll('input[type=checkbox]'))
            if (box.checked !== (box.value === arguments[0])) box.click()";
        self.run(script, json!([value])).await;
    }

    /// Goes on inside the frame of the page.
    pub(crate) async fn enter_frame(&self) {
        self.driver.enter_frame(0).await.unwrap();
    }

    /// Clicks on a button twice, as some people do with everything.
    pub(crate) async fn press_twice(&self, words: &str) {
        let button = self.button(words).await;
        self.driver.action_chain().double_click_element(&button).perform().await.unwrap();
    }

    /// Clicks on a button or a link in the row of a table that says `row`.
    pub(crate) async fn press_in_row(&self, row: &str, words: &str) {
        let script = include_str!("find_in_row.js");
        let found = self.driver.execute(script, vec![json!(row), json!(words)]).await.unwrap().element();
        found.unwrap_or_else(|error| panic!("{words} in the row of {row}: {error}")).click().await.unwrap();
    }

    /// Sends a form with the scripts of the page that is open, and says the answer's status.
    pub(crate) async fn send_form(&self, path: &str, fields: Value) -> u16 {
        let script = "const done = arguments[2];
            const form = new URLSearchParams({organization: '1', ...arguments[1]});
            fetch(arguments[0], {method: 'POST', body: form}).then((answer) => done(answer.status), () => done(0))";
        let status = self.run_to_its_end(script, json!([path, fields])).await;
        status.as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or_default()
    }

    /// Presses a key, with nothing but the keyboard: it goes where the focus is.
    pub(crate) async fn press_key(&self, key: Key) {
        self.driver.action_chain().send_keys(key).perform().await.unwrap();
    }

    /// Types where the focus is.
    pub(crate) async fn type_text(&self, text: &str) {
        self.driver.action_chain().send_keys(text).perform().await.unwrap();
    }

    /// Whether there is a button or a link with these words.
    pub(crate) async fn offers(&self, words: &str) -> bool {
        !self.run(include_str!("find_buttons.js"), json!([words])).await.as_array().unwrap().is_empty()
    }

    /// What the page says, as it can be read on it.
    pub(crate) async fn text(&self) -> String {
        self.run("return document.body.innerText", json!([])).await.as_str().unwrap_or_default().to_owned()
    }

    /// The whole of the page, also what is not to be read on it.
    pub(crate) async fn source(&self) -> String {
        self.driver.source().await.unwrap()
    }

    /// Waits until the page has this heading.
    pub(crate) async fn expect_heading(&self, heading: &str) {
        let script = "return document.querySelector('h1')?.innerText ?? ''";
        self.wait_for(heading, async || {
            let found = self.run(script, json!([])).await;
            found.as_str().unwrap_or_default().starts_with(heading).then_some(())
        })
        .await;
    }

    /// Waits until the page says this.
    pub(crate) async fn expect_text(&self, text: &str) {
        self.wait_for(text, async || self.text().await.contains(text).then_some(())).await;
    }

    /// Waits until the page does not say this any more.
    pub(crate) async fn expect_gone(&self, text: &str) {
        self.wait_for(&format!("a page without {text}"), async || {
            (!self.text().await.contains(text)).then_some(())
        })
        .await;
    }

    /// What was copied last.
    pub(crate) async fn clipboard(&self) -> String {
        // Granted for this one look: the page itself has to do without.
        let permissions = json!({"origin": self.base, "permissions": ["clipboardReadWrite"]});
        self.command("Browser.grantPermissions", permissions).await;
        let script = "navigator.clipboard.readText().then(arguments[0], (error) => arguments[0](`${error}`))";
        let copied = self.driver.execute_async(script, Vec::new()).await.unwrap();
        self.command("Browser.resetPermissions", json!({})).await;
        copied.json().as_str().unwrap_or_default().to_owned()
    }

    /// What a script returns.
    pub(crate) async fn run(&self, script: &str, arguments: Value) -> Value {
        let Value::Array(arguments) = arguments else { panic!("arguments are a list") };
        let returned = self.driver.execute(script, arguments).await;
        returned.unwrap_or_else(|error| panic!("{script}: {error}")).json().clone()
    }

    /// What a script hands to the function that is its last argument.
    pub(crate) async fn run_to_its_end(&self, script: &str, arguments: Value) -> Value {
        let Value::Array(arguments) = arguments else { panic!("arguments are a list") };
        let returned = self.driver.execute_async(script, arguments).await;
        returned.unwrap_or_else(|error| panic!("a script: {error}")).json().clone()
    }

    /// What the browser answers to a command of its own protocol.
    pub(crate) async fn command(&self, name: &str, parameters: Value) -> Value {
        let answer = self.driver.cdp().send_raw(name, parameters).await;
        answer.unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    async fn field(&self, label: &str) -> WebElement {
        self.wait_for(label, async || {
            let found = self.driver.execute(include_str!("find_field.js"), vec![json!(label)]).await;
            found.ok()?.element().ok()
        })
        .await
    }

    async fn button(&self, words: &str) -> WebElement {
        self.wait_for(words, async || {
            let found = self.driver.execute(include_str!("find_buttons.js"), vec![json!(words)]).await;
            let mut found = found.ok()?.elements().ok()?;
            assert!(found.len() < 2, "{words:?} stands on {} buttons and links", found.len());
            found.pop()
        })
        .await
    }

    /// Asks again and again until there is an answer.
    async fn wait_for<T>(&self, what: &str, ask: impl AsyncFn() -> Option<T>) -> T {
        let deadline = Deadline::after(PATIENCE);
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            let has_passed = deadline.has_passed();
            assert!(!has_passed, "{what:?} did not come. {} says:\n{}", self.path().await, self.text().await);
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The browser ends with its chromedriver. Asked for it here, in the middle of a failure, it would take a minute.
        let _ = self.driver.clone().leak();
        // What was not looked at in the end may have been wrong.
        assert!(self.is_closed || std::thread::panicking(), "a test must close its browser");
    }
}
