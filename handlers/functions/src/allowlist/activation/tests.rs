use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use portreeve_decisions::allowlist::{Allowlist, Effect};
use portreeve_decisions::decide::ConnectionFacts;
use portreeve_decisions::resource_id::ResourceId;
use proptest::prelude::*;

use super::*;
use crate::allowlist::source::LastGood;

mod thread_log;
mod told;

const V1: &str = "version: 1\nrules:\n  - { id: one, effect: approve, owner: o, reason: r, target: { name: a }, requester: { subscription: \"*\" } }\n  - { id: never, effect: reject, owner: o, reason: r, target: { name: b } }\n";
const V2: &str = "version: 1\nrules:\n  - { id: two, effect: approve, owner: o, reason: r, target: { name: a }, requester: { subscription: \"*\" } }\n  - { id: never, effect: reject, owner: o, reason: r, target: { name: b } }\n";
const BAD: &str = "version: 1\nrules:\n  - { id: one, efect: approve }\n";
const HTML: &str = "<!doctype html><html><body>Sign in</body></html>";

/// What a scripted place holds: its content, or why it cannot be read.
type Held = Result<String, Unreadable>;

/// A place whose content the test sets, and which counts what it is asked.
#[derive(Default)]
struct World {
    current: Option<Held>,
    last_good: Option<Held>,
    is_read_only: bool,
    is_being_written: u32,
    kept: Vec<String>,
    now: u64,
}

#[derive(Clone, Default)]
struct Place(Arc<Mutex<World>>);

fn unreadable(why: &str, is_lasting: bool) -> Unreadable {
    Unreadable { why: why.to_owned(), is_lasting }
}

#[async_trait]
impl Source for Place {
    fn name(&self) -> String {
        "test".to_owned()
    }

    async fn look(&self, seen: Option<&Tag>) -> Result<Look, Unreadable> {
        let mut world = self.0.lock().unwrap();
        if world.is_being_written > 0 {
            world.is_being_written -= 1;
            return Ok(Look::BeingWritten);
        }
        let text = world.current.clone().unwrap_or_else(|| Err(unreadable("there is none", true)))?;
        let tag = Tag(hash_of(text.as_bytes()));
        if seen == Some(&tag) { Ok(Look::Same) } else { Ok(Look::Other { tag, content: Some(text.into_bytes()) }) }
    }

    async fn last_good(&self) -> Result<Option<LastGood>, Unreadable> {
        let kept = self.0.lock().unwrap().last_good.clone().transpose()?;
        Ok(kept.map(|text| LastGood { text, kept_at: Some(OffsetDateTime::UNIX_EPOCH) }))
    }

    async fn keep(&self, text: &str) -> Result<(), String> {
        let mut world = self.0.lock().unwrap();
        if world.is_read_only {
            return Err("read-only file system".to_owned());
        }
        world.last_good = Some(Ok(text.to_owned()));
        world.kept.push(text.to_owned());
        Ok(())
    }
}

#[async_trait]
impl Clock for Place {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + Duration::from_secs(self.0.lock().unwrap().now)
    }

    async fn sleep(&self, duration: Duration) {
        self.0.lock().unwrap().now += duration.as_secs();
    }
}

impl std::fmt::Debug for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Place")
    }
}

/// One process that looks at a place.
struct Process {
    place: Place,
    activation: Activation,
    standing: watch::Receiver<Standing>,
    former: InForce,
}

impl Place {
    fn holds(&self, text: &str) {
        self.0.lock().unwrap().current = Some(Ok(text.to_owned()));
    }

    fn is_unreadable(&self, why: Unreadable) {
        self.0.lock().unwrap().current = Some(Err(why));
    }

    fn last_good(&self) -> Option<String> {
        self.0.lock().unwrap().last_good.clone()?.ok()
    }

    async fn start(&self) -> Process {
        thread_log::install();
        let (sender, standing) = watch::channel(Standing::default());
        let mut activation = Activation::new(Box::new(self.clone()), Arc::new(self.clone()), sender);
        let former = activation.begin().await;
        Process { place: self.clone(), activation, standing, former }
    }
}

fn rule_of(in_force: &InForce) -> String {
    match in_force {
        InForce::Allowlist(active) => active.allowlist.rules()[0].id.to_string(),
        InForce::Nothing(why) => format!("nothing: {why}"),
    }
}

impl Process {
    async fn after(&mut self, text: &str) -> String {
        self.place.holds(text);
        self.activation.look().await;
        self.in_force()
    }

    /// The first rule of what is in force, or why nothing is.
    fn in_force(&self) -> String {
        rule_of(self.standing.borrow().in_force.as_ref().expect("a look has ended"))
    }

    fn problems(&self) -> Vec<String> {
        self.standing.borrow().refused.as_ref().map(|refused| refused.problems.clone()).unwrap_or_default()
    }
}

#[tokio::test]
async fn a_good_version_replaces_another_and_is_kept() {
    let place = Place::default();
    place.holds(V1);
    let mut process = place.start().await;
    assert_eq!((process.in_force(), place.last_good()), ("one".to_owned(), Some(V1.to_owned())));
    assert!(process.former.is_same_version(process.standing.borrow().in_force.as_ref().unwrap()), "a first start");
    place.0.lock().unwrap().now = 60;
    assert_eq!((process.after(V2).await, place.last_good()), ("two".to_owned(), Some(V2.to_owned())));
    let in_force = process.standing.borrow().in_force.clone().unwrap();
    let version = in_force.version().unwrap();
    assert_eq!((version.hash.as_str(), version.age_seconds(process.place.now())), (hash_of(V2.as_bytes()).as_str(), 0));
    for _ in 0..3 {
        process.activation.look().await;
    }
    assert_eq!(place.0.lock().unwrap().kept, [V1, V2]);
}

#[tokio::test]
async fn whatever_is_no_good_version_changes_nothing() {
    let half = V1.lines().take(3).collect::<Vec<_>>().join("\n");
    let large_line = "x".repeat(100);
    for bad in [BAD, HTML, "", half.as_str(), "version: 1", "\0\0\0", large_line.as_str()] {
        let place = Place::default();
        place.holds(V1);
        let mut process = place.start().await;
        assert_eq!(process.after(bad).await, "one", "{bad:?}");
        assert!(!process.problems().is_empty(), "{bad:?}");
        assert_eq!(place.last_good().as_deref(), Some(V1));
        assert_eq!(process.after(V1).await, "one");
        assert_eq!(process.problems(), Vec::<String>::new(), "the last good one is there again");
        assert_eq!(process.after(V2).await, "two");
    }
}

#[tokio::test]
async fn a_restart_during_a_bad_version_starts_with_the_last_good_one() {
    let place = Place::default();
    place.holds(V1);
    place.start().await;
    place.holds(BAD);
    let mut process = place.start().await;
    assert_eq!(process.in_force(), "one");
    assert!(!process.problems().is_empty());
    assert_eq!(rule_of(&process.former), "one");
    assert_eq!(process.after(V2).await, "two");

    place.is_unreadable(unreadable("403", true));
    let process = place.start().await;
    assert_eq!(process.in_force(), "two");
    assert_eq!(process.standing.borrow().unreadable, Some(unreadable("403", true)));
}

#[tokio::test]
async fn an_edit_while_no_process_ran_is_a_change_from_the_last_good_one() {
    let place = Place::default();
    place.holds(V1);
    place.start().await;
    place.holds(V2);
    let process = place.start().await;
    assert_eq!((rule_of(&process.former).as_str(), process.in_force().as_str()), ("one", "two"));
}

#[tokio::test]
async fn without_any_good_version_everything_is_held() {
    let place = Place::default();
    let mut process = place.start().await;
    assert_eq!(process.in_force(), "nothing: there is none");
    assert!(process.after(BAD).await.starts_with("nothing: the allowlist is refused: 3:"));
    assert_eq!(process.after(V1).await, "one");
    assert_eq!(process.former.version(), None, "what was held meanwhile is looked at again");
}

/// A half file could not be told from a whole one.
#[tokio::test]
async fn nothing_replaces_a_last_good_version_that_cannot_be_read() {
    let place = Place::default();
    place.holds(V2);
    place.0.lock().unwrap().last_good = Some(Err(unreadable("the storage is busy", false)));
    let mut process = place.start().await;
    assert_eq!(process.in_force(), "nothing: the storage is busy");
    place.0.lock().unwrap().last_good = Some(Ok(V2.to_owned() + "  - { id: more, effect: hold }\n"));
    process.activation.look().await;
    assert_eq!(process.in_force(), "two");
    assert!(process.problems()[0].contains("breaks off"), "{:?}", process.problems());
}

#[tokio::test]
async fn a_last_good_version_that_is_damaged_is_not_used() {
    let place = Place::default();
    place.0.lock().unwrap().last_good = Some(Ok(HTML.to_owned()));
    let process = place.start().await;
    assert!(process.in_force().starts_with("nothing: "));
    place.holds(V1);
    assert_eq!(place.start().await.in_force(), "one");
}

#[tokio::test]
async fn a_place_that_vanishes_leaves_what_is_in_force_and_may_come_back() {
    let place = Place::default();
    place.holds(V1);
    let mut process = place.start().await;
    for why in [unreadable("no answer", false), unreadable("no answer at all", false), unreadable("404", true)] {
        place.is_unreadable(why.clone());
        process.activation.look().await;
        assert_eq!(process.in_force(), "one");
        assert_eq!(process.standing.borrow().unreadable, Some(why));
    }
    assert_eq!(process.after(V1).await, "one");
    assert_eq!(process.standing.borrow().unreadable, None);
}

#[tokio::test]
async fn of_two_edits_between_two_looks_only_the_later_counts() {
    let place = Place::default();
    place.holds(V1);
    let mut process = place.start().await;
    place.holds(BAD);
    assert_eq!(process.after(V2).await, "two");
    place.holds(V1);
    assert_eq!(process.after(BAD).await, "two");
    assert_eq!(place.0.lock().unwrap().kept, [V1, V2]);
}

#[tokio::test]
async fn a_file_that_is_being_written_is_waited_for() {
    let place = Place::default();
    place.holds(V1);
    place.0.lock().unwrap().is_being_written = 3;
    assert_eq!(place.start().await.in_force(), "one");
    place.0.lock().unwrap().is_being_written = u32::MAX;
    assert_eq!(place.start().await.in_force(), "one", "the last good one");
}

#[tokio::test]
async fn a_place_that_is_read_only_still_gives_its_versions() {
    let place = Place::default();
    place.holds(V1);
    place.0.lock().unwrap().is_read_only = true;
    let mut process = place.start().await;
    assert_eq!((process.in_force(), process.after(V2).await), ("one".to_owned(), "two".to_owned()));
    assert_eq!(place.last_good(), None);
    place.0.lock().unwrap().is_read_only = false;
    process.activation.look().await;
    assert_eq!(place.last_good().as_deref(), Some(V2), "as soon as it can be written to");
}

fn decisions(in_force: &InForce) -> BTreeMap<&'static str, Effect> {
    let id = |rest: &str| {
        let group = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg/providers/";
        ResourceId::parse(&format!("{group}{rest}")).unwrap()
    };
    let endpoint = id("Microsoft.Network/privateEndpoints/pe");
    let decide = |name| {
        let target = id(&format!("Microsoft.KeyVault/vaults/{name}"));
        let facts = ConnectionFacts::new(&target, &endpoint);
        in_force.decide(facts, OffsetDateTime::UNIX_EPOCH.date()).effect
    };
    ["a", "b"].into_iter().map(|name| (name, decide(name))).collect()
}

/// One thing that happens to the place or the process.
#[derive(Clone, Debug)]
enum Step {
    Write(usize),
    CutAt(usize),
    Vanish,
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (0..4_usize).prop_map(Step::Write),
        // The last bracket goes at least: a text that lacks no more than its last line's end is whole.
        (0..V1.len() - 1).prop_map(Step::CutAt),
        Just(Step::Vanish),
        Just(Step::Restart)
    ];
    prop::collection::vec(step, 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// After whatever happens, the decisions are those of the last good version that was looked at. A cut file is the
    /// beginning of the version before, so it never counts as a good one.
    #[test]
    fn decisions_are_always_those_of_the_last_good_version(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let good = [V1.to_owned(), V2.to_owned() + "...\n"];
            let place = Place::default();
            place.holds(V1);
            let mut process = place.start().await;
            let mut last_good = V1.to_owned();
            for step in steps {
                match step {
                    Step::Write(number) => {
                        // Once the end is marked, a version without the mark counts as broken off.
                        let text = good.get(number).map_or([BAD, HTML][number % 2], String::as_str);
                        place.holds(text);
                        let is_whole = text.ends_with("...\n") || !last_good.ends_with("...\n");
                        if good.iter().any(|good| good == text) && is_whole {
                            last_good = text.to_owned();
                        }
                    }
                    Step::CutAt(length) => place.holds(last_good[..length].trim_end()),
                    Step::Vanish => place.is_unreadable(unreadable("it is gone", true)),
                    Step::Restart => process = place.start().await,
                }
                process.activation.look().await;
                let version = AllowlistVersion::of(b"", "", OffsetDateTime::UNIX_EPOCH);
                let expected = InForce::allowlist(Allowlist::parse(&last_good).unwrap(), version);
                let in_force = process.standing.borrow().in_force.clone().unwrap();
                assert_eq!(decisions(&in_force), decisions(&expected));
                assert_eq!(in_force.version().map(|version| version.hash.clone()), Some(hash_of(last_good.as_bytes())));
            }
        });
    }
}
