//! Which zone a name's record goes to, told by the name itself.

use serde::{Deserialize, Serialize};

use super::target_type::matches_any;
use super::{Cloud, list};

/// The zone of names with one suffix. The file that it comes from tells what each column means.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct KnownZone {
    /// The cloud that has it.
    pub cloud: Cloud,
    /// The type of the targets.
    pub resource_type: String,
    /// The group ids that it is for; a `*` stands for the rest of a name.
    #[serde(deserialize_with = "list")]
    pub group_ids: Vec<String>,
    /// What the names that clients use end in; labels in braces are placeholders.
    pub public_suffix: String,
    /// The zone of their records, with the same placeholders.
    pub private_zone: String,
    /// The TCP port that the service answers on, where it is known.
    pub port: Option<u16>,
    /// What the first label of a record is, where it follows from the target's name, which `{name}` stands for.
    #[serde(deserialize_with = "list")]
    pub first_labels: Vec<String>,
    /// What is special about it.
    #[serde(deserialize_with = "list")]
    pub flags: Vec<String>,
    /// Records that all resources of the type have in common; `*` alone is all of them, and in a name any one label.
    #[serde(deserialize_with = "list")]
    pub shared_names: Vec<String>,
    /// Where the row comes from.
    pub source: String,
}

/// Where one name's record belongs.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Placement {
    /// The places where a resolver finds it, in the order in which it looks: the first zone that is there takes it.
    pub places: Vec<Place>,
    /// Which of them is the name's own: its zone is the one to make where none is there.
    pub home: usize,
    /// The TCP port that the service answers on, where it is known.
    pub port: Option<u16>,
    /// Whether other resources of the type have the very same name.
    pub is_shared: bool,
    /// What the first label of the record is, where it follows from the target's name: see [`Placement::is_name_of`].
    pub first_labels: Vec<String>,
}

/// A record set's name and its zone.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Place {
    /// The zone.
    pub zone: String,
    /// The name relative to it: one label or several, `@` for the zone itself, with `*` in front for all names below.
    pub record_name: String,
}

impl Placement {
    /// The name's own place, in its `privatelink` zone.
    #[must_use]
    pub fn home(&self) -> &Place {
        &self.places[self.home]
    }

    /// Whether the name could be one of a target with this name. The endpoint's names are the requester's text, and a
    /// zone is shared by many: a requester must not get a record for the name of somebody else's target.
    #[must_use]
    pub fn is_name_of(&self, target_name: &str) -> bool {
        let label = self.home().record_name.split('.').next().unwrap_or_default();
        let own: Vec<String> = self.first_labels.iter().map(|form| form.replace("{name}", target_name)).collect();
        own.is_empty() || matches_any(&own, label)
    }

    /// A name that a client could ask for to get the record of `fqdn`: of a wildcard's, one below it.
    #[must_use]
    pub fn name_to_ask(&self, fqdn: &str) -> String {
        match self.home().record_name.strip_prefix("*.") {
            Some(_) => format!("portreeve.{}", fqdn.trim_start_matches("*.")),
            None => fqdn.to_owned(),
        }
    }
}

impl Place {
    /// The full name of the record set.
    #[must_use]
    pub fn fqdn(&self) -> String {
        match self.record_name.as_str() {
            "@" => self.zone.clone(),
            name => format!("{name}.{}", self.zone),
        }
    }
}

impl KnownZone {
    /// Whether names of a connection with these group ids can be in it; without any (they are unknown) they can.
    #[must_use]
    pub fn is_for(&self, group_ids: &[String]) -> bool {
        group_ids.is_empty() || group_ids.iter().any(|id| matches_any(&self.group_ids, id))
    }

    /// Whether nobody has published it: it follows from rows that somebody has.
    pub(super) fn is_inferred(&self) -> bool {
        self.source.starts_with("inferred")
    }

    pub(super) fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|has| has == flag)
    }

    fn fit(&self, fqdn: &str) -> Option<Fit<'_>> {
        // A name in the private form is read so: its `privatelink` is not part of the record's name.
        if let Some((record_name, captured)) = self.split(fqdn, &self.private_zone) {
            return Some(self.fitting(record_name, &captured, true));
        }
        if self.has("existing") {
            return None;
        }
        let (record_name, captured) = self.split(fqdn, &self.public_suffix)?;
        Some(self.fitting(record_name, &captured, false))
    }

    fn fitting(&self, record_name: String, captured: &[(&str, &str)], is_private_form: bool) -> Fit<'_> {
        let is_wildcard = self.has("wildcard") && record_name != "@" && !record_name.starts_with('*');
        let record_name = if is_wildcard { format!("*.{record_name}") } else { record_name };
        let fill = |template: &str| {
            captured.iter().fold(template.to_owned(), |text, (placeholder, value)| text.replace(placeholder, value))
        };
        let place = |template: &str| Place { zone: fill(template), record_name: record_name.clone() };
        Fit {
            zone: self,
            home: place(&self.private_zone),
            public: (!is_private_form).then(|| place(&self.public_suffix)),
            suffix_labels: self.public_suffix.split('.').count(),
        }
    }

    /// The part of `fqdn` before the template, and what the placeholders in the template stand for.
    fn split<'a>(&self, fqdn: &'a str, template: &'a str) -> Option<(String, Vec<(&'a str, &'a str)>)> {
        let mut captured = Vec::new();
        let mut names = fqdn.rsplit('.');
        for wanted in template.rsplit('.') {
            let label = names.next()?;
            if wanted.starts_with('{') {
                stands_for(wanted, label).then(|| captured.push((wanted, label)))?;
            } else if wanted != label {
                return None;
            }
        }
        let mut labels: Vec<&str> = names.collect();
        labels.reverse();
        let name = labels.join(".");
        if name.is_empty() {
            return self.has("apex").then(|| ("@".to_owned(), captured));
        }
        (is_record_name(&name) && self.takes_wildcard(&name)).then_some((name, captured))
    }

    /// A wildcard takes the names of others, too, unless the zone is known for them; and then it must not be a wide one.
    fn takes_wildcard(&self, record_name: &str) -> bool {
        let labels_below = record_name.matches('.').count();
        !record_name.starts_with('*')
            || self.has("wildcard")
            || (self.has("wildcard-names") && labels_below >= WILDCARD_LABELS_MIN)
    }
}

/// How many labels a wildcard that a name brings itself has after its `*`: Azure Machine Learning's is
/// `*.WORKSPACE.inference.REGION`.
const WILDCARD_LABELS_MIN: usize = 3;

/// How one zone takes a name.
struct Fit<'a> {
    zone: &'a KnownZone,
    home: Place,
    /// The place in a private zone for the public suffix, where the name is in the public form.
    public: Option<Place>,
    suffix_labels: usize,
}

/// Where a name belongs among these zones. The longest suffix is the name's own; a zone of fewer labels takes it only
/// where clients ask for a name in that very zone. The row is the name's own.
pub(super) fn placement<'a>(
    zones: impl Iterator<Item = &'a KnownZone>,
    fqdn: &str,
) -> Option<(Placement, &'a KnownZone)> {
    if fqdn.len() > NAME_MAX_BYTES {
        return None;
    }
    let mut fits: Vec<Fit<'_>> = zones.filter_map(|zone| zone.fit(fqdn)).collect();
    // Stable: among equals the file's order counts.
    fits.sort_by_key(|fit| std::cmp::Reverse(fit.suffix_labels));
    let best = fits.iter().position(|fit| !fit.zone.has("existing"))?;
    let own = &fits[best];
    let row = own.zone;
    let is_shared = row.shared_names.iter().any(|name| name == "*" || agrees(name, &own.home.record_name));
    let port = row.port;
    let mut places: Vec<Place> = fits[..best].iter().map(|fit| fit.home.clone()).collect();
    let home = places.len();
    places.push(own.home.clone());
    places.extend(own.public.clone());
    let first_labels = row.first_labels.clone();
    Some((Placement { places, home, port, is_shared, first_labels }, row))
}

/// Whether a record's name is like this one, in which `*` is any one label.
fn agrees(shared_name: &str, record_name: &str) -> bool {
    shared_name.split('.').count() == record_name.split('.').count()
        && shared_name.split('.').zip(record_name.split('.')).all(|(wanted, label)| wanted == "*" || wanted == label)
}

/// Longer names exist nowhere (RFC 1035, section 2.3.4).
const NAME_MAX_BYTES: usize = 253;

/// The same for one label.
const LABEL_MAX_BYTES: usize = 63;

/// Whether a label can stand where a placeholder does.
fn stands_for(placeholder: &str, label: &str) -> bool {
    if !is_label(label) || is_private_mark(label) {
        return false;
    }
    let is_alphanumeric = || label.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match placeholder {
        "{regionName}" => {
            label.starts_with(|first: char| first.is_ascii_alphabetic()) && label.len() > 3 && is_alphanumeric()
        }
        "{regionCode}" => region_codes().contains(&label),
        "{partitionId}" => label.bytes().all(|byte| byte.is_ascii_digit()),
        _ => true,
    }
}

/// The codes of all regions.
fn region_codes() -> &'static [&'static str] {
    static CODES: std::sync::LazyLock<Vec<&'static str>> = std::sync::LazyLock::new(|| {
        let rows = include_str!("region_codes.csv").lines().filter(|line| !line.starts_with('#')).skip(1);
        rows.filter_map(|row| Some(row.split_once(',')?.1)).collect()
    });
    &CODES
}

/// Labels with `*` alone in the first place: what may stand in a record set's path unescaped. A `*` and nothing else would
/// take every name of the zone, and a name with the mark of another private form is not in this zone.
fn is_record_name(name: &str) -> bool {
    let is_one = |(position, label)| is_label(label) || (position == 0 && label == "*");
    name != "*" && name.split('.').enumerate().all(|at| is_one(at) && !is_private_mark(at.1))
}

fn is_label(label: &str) -> bool {
    (1..=LABEL_MAX_BYTES).contains(&label.len())
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// Whether a label is the one that private forms of names have.
pub(super) fn is_private_mark(label: &str) -> bool {
    label == "privatelink" || label.starts_with("privatelink-")
}
