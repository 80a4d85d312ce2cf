//! function.json: one function's trigger and outputs, checked as the host checks them.
//! Source: <https://learn.microsoft.com/azure/azure-functions/functions-triggers-bindings>.

use serde_json::{Map, Value};

use super::ncrontab::Ncrontab;

/// One function of the app.
#[derive(Clone, Debug)]
pub struct FunctionDefinition {
    /// The folder's name, which is also the path at which the handler is called.
    pub name: String,
    /// What starts it.
    pub trigger: Binding,
    /// Where its outputs go.
    pub outputs: Vec<OutputBinding>,
    /// The file's bindings as they are, for the admin API.
    pub config: Value,
}

/// A trigger and the name under which its value reaches the handler.
#[derive(Clone, Debug)]
pub struct Binding {
    /// The key in `Data`.
    pub name: String,
    /// The trigger.
    pub trigger: Trigger,
}

/// The triggers that the local host has.
#[derive(Clone, Debug)]
pub enum Trigger {
    /// `eventGridTrigger`
    EventGrid {
        /// One event for each call, or all of a delivery.
        cardinality: Cardinality,
    },
    /// `serviceBusTrigger`
    ServiceBus {
        /// The queue.
        queue_name: String,
        /// The name of the setting that says where the namespace is.
        connection: String,
        /// How the body reaches the handler.
        data_type: DataType,
    },
    /// `timerTrigger`
    Timer {
        /// When it runs.
        schedule: Ncrontab,
        /// Also when the host starts.
        run_on_startup: bool,
        /// Whether the handler is told the last and the next time.
        use_monitor: bool,
    },
}

/// How many events one call carries.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Cardinality {
    /// Each event is a call.
    One,
    /// A delivery is a call.
    Many,
}

/// What a message's body becomes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DataType {
    /// A JSON string that holds a JSON string.
    String,
    /// Base64.
    Binary,
}

/// A `serviceBus` output binding.
#[derive(Clone, Debug)]
pub struct OutputBinding {
    /// The key in `Outputs`, or `$return`.
    pub name: String,
    /// The queue.
    pub queue_name: String,
}

impl FunctionDefinition {
    /// Reads the function.json of the function `name`.
    ///
    /// # Errors
    /// Where the host would not load it, in words that name the property.
    pub fn parse(name: &str, text: &str) -> Result<Self, String> {
        check_function_name(name)?;
        let root: Value = serde_json::from_str(text).map_err(|error| format!("it is not JSON: {error}"))?;
        if !root["retry"].is_null() {
            return Err("the local host has no retry policies; remove \"retry\"".to_owned());
        }
        let bindings = root["bindings"].as_array().filter(|bindings| !bindings.is_empty());
        let mut triggers = Vec::new();
        let mut outputs = Vec::new();
        for binding in bindings.ok_or("add a \"bindings\" array with a trigger")? {
            let binding = binding.as_object().ok_or("each binding must be an object")?;
            match property(binding, "direction")? {
                "in" => triggers.push(trigger(binding)?),
                "out" => outputs.push(output(binding)?),
                other => return Err(format!("direction is \"{other}\"; it must be \"in\" or \"out\"")),
            }
        }
        let count = triggers.len();
        let [trigger] =
            <[Binding; 1]>::try_from(triggers).map_err(|_| format!("it needs one trigger and has {count}"))?;
        Ok(Self { name: name.to_owned(), trigger, outputs, config: root })
    }

    /// The queue that starts this function, if one does.
    #[must_use]
    pub fn trigger_queue(&self) -> Option<&str> {
        match &self.trigger.trigger {
            Trigger::ServiceBus { queue_name, .. } => Some(queue_name),
            Trigger::EventGrid { .. } | Trigger::Timer { .. } => None,
        }
    }
}

/// The host's rule for folder names.
fn check_function_name(name: &str) -> Result<(), String> {
    let starts_with_letter = name.starts_with(|first: char| first.is_ascii_alphabetic());
    let rest_fits = name.chars().all(|character| character.is_ascii_alphanumeric() || "_-".contains(character));
    if starts_with_letter && rest_fits && name.len() <= 128 && !name.eq_ignore_ascii_case("host") {
        return Ok(());
    }
    Err(format!("\"{name}\" cannot be a function's name: a letter, then at most 127 letters, digits, - or _"))
}

fn trigger(binding: &Map<String, Value>) -> Result<Binding, String> {
    let trigger = match property(binding, "type")? {
        "eventGridTrigger" => Trigger::EventGrid { cardinality: cardinality(binding)? },
        "serviceBusTrigger" => service_bus_trigger(binding)?,
        "timerTrigger" => Trigger::Timer {
            schedule: Ncrontab::parse(property(binding, "schedule")?)?,
            run_on_startup: binding.get("runOnStartup") == Some(&Value::Bool(true)),
            use_monitor: binding.get("useMonitor") != Some(&Value::Bool(false)),
        },
        other => {
            return Err(format!(
                "type \"{other}\" is unknown here; eventGridTrigger, serviceBusTrigger and timerTrigger are known"
            ));
        }
    };
    Ok(Binding { name: binding_name(binding)?, trigger })
}

fn service_bus_trigger(binding: &Map<String, Value>) -> Result<Trigger, String> {
    if cardinality(binding)? == Cardinality::Many || binding.get("isSessionsEnabled") == Some(&Value::Bool(true)) {
        return Err("the local Service Bus trigger has neither batches nor sessions".to_owned());
    }
    let data_type = match binding.get("dataType").and_then(Value::as_str) {
        None | Some("string") => DataType::String,
        Some("binary") => DataType::Binary,
        Some(other) => return Err(format!("dataType is \"{other}\"; use \"string\" or \"binary\"")),
    };
    Ok(Trigger::ServiceBus {
        queue_name: property(binding, "queueName")?.to_owned(),
        connection: property(binding, "connection")?.to_owned(),
        data_type,
    })
}

fn output(binding: &Map<String, Value>) -> Result<OutputBinding, String> {
    match property(binding, "type")? {
        "serviceBus" => {
            property(binding, "connection")?;
            Ok(OutputBinding { name: binding_name(binding)?, queue_name: property(binding, "queueName")?.to_owned() })
        }
        other => Err(format!("output type \"{other}\" is unknown here; serviceBus is known")),
    }
}

fn cardinality(binding: &Map<String, Value>) -> Result<Cardinality, String> {
    match binding.get("cardinality").and_then(Value::as_str) {
        None | Some("one") => Ok(Cardinality::One),
        Some("many") => Ok(Cardinality::Many),
        Some(other) => Err(format!("cardinality is \"{other}\"; use \"one\" or \"many\"")),
    }
}

fn binding_name(binding: &Map<String, Value>) -> Result<String, String> {
    let name = property(binding, "name")?;
    let fits = name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|character| character.is_ascii_alphanumeric())
        && name.len() <= 128;
    if fits || name == "$return" {
        Ok(name.to_owned())
    } else {
        Err(format!("the binding name \"{name}\" is not valid"))
    }
}

fn property<'a>(binding: &'a Map<String, Value>, name: &str) -> Result<&'a str, String> {
    let value = binding.get(name).and_then(Value::as_str).filter(|value| !value.is_empty());
    value.ok_or_else(|| format!("a binding has no \"{name}\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(bindings: &str) -> String {
        FunctionDefinition::parse("F", &format!(r#"{{"bindings":{bindings}}}"#)).expect_err(bindings)
    }

    #[test]
    fn what_the_host_would_refuse_is_refused_by_name() {
        for (bindings, word) in [
            ("[]", "bindings"),
            (r#"[{"type":"eventGridTrigger","direction":"in"}]"#, "name"),
            (r#"[{"name":"event","direction":"in"}]"#, "type"),
            (r#"[{"type":"eventGridTrigger","name":"event"}]"#, "direction"),
            (r#"[{"type":"eventGridTriger","name":"event","direction":"in"}]"#, "eventGridTriger"),
            (r#"[{"type":"serviceBusTrigger","name":"job","direction":"in","connection":"C"}]"#, "queueName"),
            (r#"[{"type":"timerTrigger","name":"timer","direction":"in","schedule":"soon"}]"#, "soon"),
            (r#"[{"type":"serviceBus","name":"o","direction":"out","queueName":"q","connection":"C"}]"#, "trigger"),
        ] {
            assert!(refusal(bindings).contains(word), "{bindings}: {}", refusal(bindings));
        }
    }

    #[test]
    fn a_folder_name_that_is_no_function_name_is_refused() {
        for name in ["1st", "host", "a b", ""] {
            assert!(FunctionDefinition::parse(name, "{}").is_err_and(|reason| reason.contains("name")), "{name}");
        }
    }
}
