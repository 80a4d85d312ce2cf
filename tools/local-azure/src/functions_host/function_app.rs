//! A Functions app on disk: host.json, and a folder with a function.json for each function.

use std::{collections::BTreeSet, fs, path::Path};

use anyhow::{Context as _, bail};

use super::{
    function_json::{FunctionDefinition, Trigger},
    host_json::HostJson,
};

/// What the host reads before it starts the handler.
#[derive(Clone, Debug)]
pub struct FunctionApp {
    /// The app's settings.
    pub host: HostJson,
    /// Its functions, by name.
    pub functions: Vec<FunctionDefinition>,
}

impl FunctionApp {
    /// Reads the app in `root`. Its functions are in `root/function-definitions`, or at the root as in a package.
    ///
    /// # Errors
    /// Where the host would not start, with the file and the reason.
    pub fn load(root: &Path) -> anyhow::Result<Self> {
        let path = root.join("host.json");
        let text = fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}; --app-root names the folder with host.json", path.display()))?;
        let host = HostJson::parse(&text).map_err(anyhow::Error::msg).with_context(|| path.display().to_string())?;
        let definitions = root.join("function-definitions");
        let functions = functions_in(if definitions.is_dir() { &definitions } else { root })?;
        let app = Self { host, functions };
        app.check_extensions().with_context(|| path.display().to_string())?;
        Ok(app)
    }

    /// The queues that triggers and outputs name.
    #[must_use]
    pub fn queue_names(&self) -> BTreeSet<String> {
        let outputs = self.functions.iter().flat_map(|function| &function.outputs).map(|output| &output.queue_name);
        let triggers = self.functions.iter().filter_map(|function| function.trigger_queue());
        outputs.map(String::as_str).chain(triggers).map(str::to_owned).collect()
    }

    /// The names of the settings that say where the namespace is.
    #[must_use]
    pub fn connections(&self) -> BTreeSet<String> {
        let of = |function: &FunctionDefinition| match &function.trigger.trigger {
            Trigger::ServiceBus { connection, .. } => Some(connection.clone()),
            Trigger::EventGrid { .. } | Trigger::Timer { .. } => None,
        };
        self.functions.iter().filter_map(of).collect()
    }

    /// Only the timer is built into the host; the other triggers come with the extension bundle.
    fn check_extensions(&self) -> anyhow::Result<()> {
        let needs_bundle = |function: &&FunctionDefinition| !matches!(function.trigger.trigger, Trigger::Timer { .. });
        match self.functions.iter().find(needs_bundle) {
            Some(function) if !self.host.has_extension_bundle => {
                bail!("add an extensionBundle: without it the host does not know the trigger of {}", function.name)
            }
            _ => Ok(()),
        }
    }
}

fn functions_in(folder: &Path) -> anyhow::Result<Vec<FunctionDefinition>> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut functions = Vec::new();
    for entry in entries {
        let path = entry?.path().join("function.json");
        if path.is_file() {
            functions.push(function(&path)?);
        }
    }
    if functions.is_empty() {
        bail!("{} has no folder with a function.json", folder.display());
    }
    functions.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(functions)
}

fn function(path: &Path) -> anyhow::Result<FunctionDefinition> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let folder = path.parent().and_then(Path::file_name).unwrap_or_default();
    let definition = FunctionDefinition::parse(&folder.to_string_lossy(), &text);
    definition.map_err(anyhow::Error::msg).with_context(|| path.display().to_string())
}
