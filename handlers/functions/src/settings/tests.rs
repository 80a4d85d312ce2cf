use super::*;

const GOOD: &[(&str, &str)] = &[
    ("FUNCTIONS_CUSTOMHANDLER_PORT", "7071"),
    ("ServiceBusConnection__fullyQualifiedNamespace", "contoso.servicebus.windows.net"),
];

fn read(variables: &[(&str, &str)]) -> Result<Settings, Vec<String>> {
    // The last one wins, so that a case can override a good value.
    let value = |name: &str| variables.iter().rev().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
    Settings::read(value).map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

fn with(more: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    [GOOD, more].concat()
}

#[test]
fn the_cloud_gives_the_endpoints() {
    for (cloud, arm) in [("public", "https://management.azure.com/"), ("China", "https://management.chinacloudapi.cn/")]
    {
        let settings = read(&with(&[("PORTREEVE_CLOUD", cloud)])).unwrap();
        assert_eq!(settings.endpoints.arm.as_str(), arm);
        assert_eq!(settings.endpoints.service_bus.as_str(), "https://contoso.servicebus.windows.net/");
    }
}

#[test]
fn a_local_azure_overrides_them() {
    let settings = read(&with(&[
        ("PORTREEVE_ARM_ENDPOINT", "http://127.0.0.1:4000"),
        ("PORTREEVE_SERVICE_BUS_ENDPOINT", "http://localhost:4001/"),
        ("PORTREEVE_DNS_SERVER", "127.0.0.1:5300"),
        ("PORTREEVE_VALIDATION_PORT", "4443"),
    ]));
    let settings = settings.unwrap();
    assert_eq!(settings.endpoints.arm.as_str(), "http://127.0.0.1:4000/");
    assert_eq!(settings.endpoints.service_bus.as_str(), "http://localhost:4001/");
    assert_eq!(settings.dns_server, Some("127.0.0.1:5300".parse().unwrap()));
    assert_eq!(settings.validation_port, Some(4443));
}

#[test]
fn all_bad_settings_are_named_at_once() {
    let errors = read(&[("PORTREEVE_CLOUD", "mars"), ("PORTREEVE_DNS_SERVER", "dns.example")]).unwrap_err();
    let named: Vec<&str> = errors.iter().map(|error| error.split(": ").next().unwrap()).collect();
    assert_eq!(
        named,
        [
            "setting FUNCTIONS_CUSTOMHANDLER_PORT",
            "setting PORTREEVE_CLOUD",
            "setting ServiceBusConnection__fullyQualifiedNamespace",
            "setting PORTREEVE_DNS_SERVER"
        ]
    );
}

#[test]
fn each_bad_value_is_refused() {
    let cases = [
        ("FUNCTIONS_CUSTOMHANDLER_PORT", "0"),
        ("FUNCTIONS_CUSTOMHANDLER_PORT", "70000"),
        ("PORTREEVE_ARM_ENDPOINT", "management.azure.com"),
        ("PORTREEVE_ARM_ENDPOINT", "http://management.azure.com"),
        ("PORTREEVE_ARM_ENDPOINT", "http://127.0.0.1.evil.example"),
        ("PORTREEVE_ARM_ENDPOINT", "https://user@management.azure.com"),
        ("PORTREEVE_ARM_ENDPOINT", "https://management.azure.com/subscriptions"),
        ("PORTREEVE_SERVICE_BUS_ENDPOINT", "http://10.0.0.4"),
        ("ServiceBusConnection__fullyQualifiedNamespace", "Endpoint=sb://contoso/;SharedAccessKey=x"),
        ("PORTREEVE_IDENTITY_CLIENT_ID", "/subscriptions/x"),
        ("PORTREEVE_VALIDATION_PORT", "https"),
    ];
    for (name, value) in cases {
        let errors = read(&[GOOD, &[(name, value)]].concat()).unwrap_err();
        assert_eq!(errors.len(), 1, "{name}={value}: {errors:?}");
        assert!(errors[0].starts_with(&format!("setting {name}: ")), "{errors:?}");
    }
}

#[test]
fn an_allowlist_is_a_path_or_the_url_of_a_blob() {
    let place = |value| read(&with(&[("PORTREEVE_ALLOWLIST", value)])).unwrap().allowlist;
    for path in ["/home/site/wwwroot/allowlist.yaml", "allowlist.yaml", r"C:\home\allowlist.yaml"] {
        assert_eq!(place(path), Some(AllowlistPlace::Path(PathBuf::from(path))));
    }
    for url in [
        "https://contoso.blob.core.windows.net/allowlists/prod/allowlist.yaml",
        "http://127.0.0.1:10000/devstoreaccount1/allowlists/allowlist.yaml",
    ] {
        assert_eq!(place(url), Some(AllowlistPlace::Blob(Url::parse(url).unwrap())));
    }
    assert_eq!(read(GOOD).unwrap().allowlist, None);
    assert_eq!(read(GOOD).unwrap().allowlist_poll, Duration::from_secs(30));
    let often = read(&with(&[("PORTREEVE_ALLOWLIST_POLL_SECONDS", "1")])).unwrap();
    assert_eq!(often.allowlist_poll, Duration::from_secs(1));
}

#[test]
fn an_allowlist_that_cannot_be_meant_is_refused_with_the_reason() {
    let cases = [
        ("http://contoso.blob.core.windows.net/a/b.yaml", "https"),
        ("https://contoso.blob.core.windows.net/a/b.yaml?sv=2026&sig=SECRET", "SAS"),
        ("https://user:SECRET@contoso.blob.core.windows.net/a/b.yaml", "without user"),
        ("https://contoso.blob.core.windows.net/a/b.yaml#L1", "fragment"),
        ("https://contoso.blob.core.windows.net/a", "CONTAINER"),
        ("https://contoso.blob.core.windows.net/a/", "CONTAINER"),
        ("https://contoso.blob.core.windows.net", "CONTAINER"),
        ("file:///home/allowlist.yaml", "a path"),
        ("abfss://a@contoso.dfs.core.windows.net/b.yaml", "plain URL"),
        ("https://", "a path"),
    ];
    for (value, reason) in cases {
        let errors = read(&with(&[("PORTREEVE_ALLOWLIST", value)])).unwrap_err();
        assert!(errors.len() == 1 && errors[0].contains(reason), "{value}: {errors:?}");
        assert!(!errors[0].contains("SECRET"), "{errors:?}");
    }
    for value in ["0", "-1", "0.5", "3601", "often"] {
        assert!(read(&with(&[("PORTREEVE_ALLOWLIST_POLL_SECONDS", value)])).is_err(), "{value}");
    }
}

#[test]
fn what_may_be_a_secret_is_not_repeated() {
    for value in ["Endpoint=sb://contoso/;SharedAccessKeyName=x;SharedAccessKey=SECRET", "https://SECRET@contoso"] {
        let errors = read(&with(&[("ServiceBusConnection__fullyQualifiedNamespace", value)])).unwrap_err();
        assert!(errors[0].contains("contoso") && !errors[0].contains("SECRET"), "{errors:?}");
    }
}
