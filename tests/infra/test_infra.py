"""The facts about infra/ that the app and its operators rely on."""

import csv
import json
import re
import unittest

from bicep_files import INFRA, ROOT, body, parse, paths, resources

FUNCTIONS = ROOT / "function-definitions"

# The handler reads these; it names every one that is missing, but only once it is deployed.
HANDLER_SETTINGS = {
    "PORTREEVE_ALLOWLIST",
    "PORTREEVE_CLOUD",
    "PORTREEVE_IDENTITY_CLIENT_ID",
    "ServiceBusConnection__fullyQualifiedNamespace",
}

# Everything the app may change in Azure. All else in its role reads.
CHANGES = re.compile(
    r"/privateEndpointConnections/write$"
    r"|/privateEndpointConnectionsApproval/action$"
    r"|^Microsoft\.Network/privateDnsZones/A(AAA)?/(write|delete)$"
)

# What it may change beside that, where the allowlist says that missing zones are made and the deployment allows it.
ZONE_CHANGES = {
    "Microsoft.Network/privateDnsZones/write",
    "Microsoft.Network/privateDnsZones/virtualNetworkLinks/write",
    "Microsoft.Network/virtualNetworks/join/action",
}


def only(found: list) -> dict:
    """The one resource of its type."""
    assert len(found) == 1, f"expected one resource, found {len(found)}"
    return found[0][1]


def bindings(binding_type: str) -> dict[str, dict]:
    """Function name to its trigger of this type, read from the function.json files."""
    triggers = {}
    for path in sorted(FUNCTIONS.glob("*/function.json")):
        for binding in json.loads(path.read_text())["bindings"]:
            if binding["type"].lower() == binding_type.lower():
                triggers[path.parent.name] = binding
    return triggers


def app_settings() -> dict:
    found = [config for _, config in resources("Microsoft.Web/sites/config") if config["name"] == "appsettings"]
    assert len(found) == 1, "expected one resource with app settings"
    return found[0]["properties"]


class Syntax(unittest.TestCase):
    def test_every_bicep_file_parses(self):
        self.assertTrue(paths(), "infra/ has no Bicep file")
        for path in paths():
            with self.subTest(path=str(path.relative_to(ROOT))):
                parse(path)


class Modules(unittest.TestCase):
    """What a Bicep compiler would say of the calls between the files."""

    def calls(self):
        for path in paths():
            for name, module in parse(path).get("modules", {}).items():
                yield path, name, module

    def test_every_module_path_exists(self):
        for path, name, module in self.calls():
            with self.subTest(file=path.name, module=name):
                self.assertTrue((path.parent / module["detail"]["path"]).is_file())

    def test_every_module_is_used(self):
        used = {(path.parent / module["detail"]["path"]).resolve() for path, _, module in self.calls()}
        self.assertEqual(used, {path.resolve() for path in (INFRA / "modules").glob("*.bicep")})

    def test_every_module_gets_its_parameters_and_no_others(self):
        for path, name, module in self.calls():
            with self.subTest(file=path.name, module=name):
                parameters = parse(path.parent / module["detail"]["path"]).get("parameters", {})
                required = {key for key, value in parameters.items() if value.get("default") is None}
                given = set(body(module).get("params", {}))
                self.assertEqual(required - given, set(), "missing")
                self.assertEqual(given - set(parameters), set(), "unknown")

    def test_every_output_that_is_read_exists(self):
        for path in paths():
            modules = parse(path).get("modules", {})
            for name, output in re.findall(r"(\w+)\.outputs\.(\w+)", path.read_text()):
                with self.subTest(file=path.name, module=name, output=output):
                    self.assertIn(name, modules)
                    outputs = parse(path.parent / modules[name]["detail"]["path"]).get("outputs", {})
                    self.assertIn(output, outputs)


class ServiceBus(unittest.TestCase):
    def test_the_namespace_takes_no_keys(self):
        namespace = only(resources("Microsoft.ServiceBus/namespaces"))
        self.assertIs(namespace["properties"]["disableLocalAuth"], True)

    def test_the_tier_has_duplicate_detection(self):
        namespace = only(resources("Microsoft.ServiceBus/namespaces"))
        self.assertIn(namespace["sku"]["name"], {"Standard", "Premium"})

    def test_every_queue_detects_duplicates_and_keeps_what_fails(self):
        queues = resources("Microsoft.ServiceBus/namespaces/queues")
        self.assertTrue(queues)
        for path, queue in queues:
            with self.subTest(file=path.name, queue=queue["name"]):
                self.assertIs(queue["properties"]["requiresDuplicateDetection"], True)
                self.assertEqual(queue["properties"]["duplicateDetectionHistoryTimeWindow"], "PT10M")
                self.assertIs(queue["properties"]["deadLetteringOnMessageExpiration"], True)
                self.assertEqual(queue["properties"]["maxDeliveryCount"], 10)

    def test_the_queues_are_those_that_the_functions_listen_to(self):
        created = parse(INFRA / "modules" / "service-bus.bicep")["variables"]["queueNames"]["value"]
        listened = {binding["queueName"] for binding in bindings("serviceBusTrigger").values()}
        self.assertEqual(set(created), {"reconcile-jobs", "validation-jobs"})
        self.assertEqual(set(created), listened)

    def test_an_alert_watches_the_dead_letters_of_every_queue(self):
        alert = only(resources("Microsoft.Insights/metricAlerts"))["properties"]
        (criterion,) = alert["criteria"]["allOf"]
        self.assertEqual((criterion["metricName"], criterion["operator"]), ("DeadletteredMessages", "GreaterThan"))
        self.assertEqual((criterion["threshold"], criterion["timeAggregation"]), (0, "Maximum"))
        (dimension,) = criterion["dimensions"]
        self.assertEqual(dimension["name"], "EntityName")
        self.assertIn("queueNames", json.dumps(dimension["values"]))

    def test_every_connection_that_a_function_names_is_an_identity(self):
        for function, binding in bindings("serviceBusTrigger").items():
            with self.subTest(function=function):
                connection = binding["connection"]
                self.assertNotIn(connection, app_settings(), "a connection string would win over the identity")
                for part in ("fullyQualifiedNamespace", "credential", "clientId"):
                    self.assertIn(f"{connection}__{part}", app_settings())
                self.assertEqual(app_settings()[f"{connection}__credential"], "managedidentity")


class Events(unittest.TestCase):
    def test_the_topic_is_the_subscriptions(self):
        topic = only(resources("Microsoft.EventGrid/systemTopics"))
        self.assertEqual(topic["location"], "global")
        self.assertEqual(topic["properties"]["topicType"], "Microsoft.Resources.Subscriptions")

    def test_every_function_that_events_are_delivered_to_exists(self):
        subscriptions = resources("Microsoft.EventGrid/systemTopics/eventSubscriptions")
        self.assertTrue(subscriptions)
        for path, subscription in subscriptions:
            destination = subscription["properties"]["destination"]
            function = destination["properties"]["resourceId"].rpartition("/functions/")[2]
            with self.subTest(file=path.name, function=function):
                self.assertEqual(destination["endpointType"], "AzureFunction")
                self.assertTrue((FUNCTIONS / function / "function.json").is_file(), "no such folder")
                self.assertIn(function, bindings("eventGridTrigger"))

    def test_undeliverable_events_are_kept(self):
        for path, subscription in resources("Microsoft.EventGrid/systemTopics/eventSubscriptions"):
            with self.subTest(file=path.name):
                dead_letter = subscription["properties"]["deadLetterWithResourceIdentity"]
                self.assertEqual(dead_letter["deadLetterDestination"]["endpointType"], "StorageBlob")

    def test_filters_stay_within_the_limits_of_event_grid(self):
        # 25 advanced filters, 25 values over all of them, 512 characters each.
        # https://learn.microsoft.com/azure/event-grid/event-filtering
        for path, subscription in resources("Microsoft.EventGrid/systemTopics/eventSubscriptions"):
            with self.subTest(file=path.name):
                values = [v for f in subscription["properties"]["filter"]["advancedFilters"] for v in f["values"]]
                self.assertTrue(values)
                self.assertLessEqual(len(values), 25)
                self.assertLessEqual(max(map(len, values)), 512)


class App(unittest.TestCase):
    def test_the_stack_is_custom(self):
        site = only(resources("Microsoft.Web/sites"))
        self.assertEqual(site["properties"]["functionAppConfig"]["runtime"]["name"], "custom")

    def test_no_record_is_left_out_by_sampling(self):
        # By default the host samples above 20 telemetry items a second.
        # https://learn.microsoft.com/azure/azure-functions/functions-host-json#applicationinsightssamplingsettings
        insights = json.loads((ROOT / "host.json").read_text())["logging"]["applicationInsights"]
        self.assertIn("Trace", insights["samplingSettings"]["excludedTypes"].split(";"))

    def test_the_handler_gets_its_settings(self):
        self.assertEqual(HANDLER_SETTINGS - set(app_settings()), set())

    def test_the_host_reaches_its_storage_by_identity(self):
        self.assertNotIn("AzureWebJobsStorage", app_settings())
        self.assertEqual(app_settings()["AzureWebJobsStorage__credential"], "managedidentity")

    def test_storage_takes_no_keys_and_no_anonymous_readers(self):
        account = only(resources("Microsoft.Storage/storageAccounts"))
        self.assertIs(account["properties"]["allowSharedKeyAccess"], False)
        self.assertIs(account["properties"]["allowBlobPublicAccess"], False)

    def test_no_output_carries_a_secret(self):
        for path in paths():
            for name, output in parse(path).get("outputs", {}).items():
                with self.subTest(file=path.name, output=name):
                    self.assertNotRegex(json.dumps(output), r"(?i)list_?keys|connection_?string|access_?key|instrumentation_?key")


class AllowlistAccess(unittest.TestCase):
    READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
    CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"

    def variables(self) -> dict:
        return parse(INFRA / "modules" / "allowlist-access.bicep")["variables"]

    def test_the_app_reads_the_container(self):
        self.assertEqual(self.variables()["blobDataReaderRole"]["value"], self.READER)

    def test_whoever_may_write_there_does_so_on_a_condition(self):
        self.assertEqual(self.variables()["blobDataContributorRole"]["value"], self.CONTRIBUTOR)
        assignments = [
            assignment["properties"]
            for path, assignment in resources("Microsoft.Authorization/roleAssignments")
            if path.name == "allowlist-access.bicep"
        ]
        self.assertEqual(len(assignments), 2)
        for properties in assignments:
            if "blobDataReaderRole" not in json.dumps(properties):
                self.assertIn("onlyTheLastGoodVersion", properties["condition"])
                self.assertEqual(properties["conditionVersion"], "2.0")

    def test_the_condition_lets_it_change_the_last_good_version_and_nothing_else(self):
        condition = self.variables()["onlyTheLastGoodVersion"]["value"]
        # All that Storage Blob Data Contributor may do but read.
        for action in ("write", "add/action", "move/action", "delete"):
            with self.subTest(action=action):
                self.assertRegex(condition, rf"!\(ActionMatches\{{\\?'[\w./]+/containers/blobs/{action}\\?'\}}\)")
        self.assertRegex(condition, r" OR \(@Resource\[[\w./]+/blobs:path\] StringLike \\?'\*\.last-good\\?'\)\)$")

    def test_the_name_is_the_one_that_the_handler_writes(self):
        source = (ROOT / "handlers/functions/src/allowlist/source.rs").read_text()
        self.assertIn('LAST_GOOD_SUFFIX: &str = ".last-good";', source)


class Role(unittest.TestCase):
    # Types whose operations Azure lists below another.
    LISTED_ELSEWHERE = {
        "Microsoft.Authorization/resourceManagementPrivateLinks": (
            "Microsoft.Authorization/policyAssignments/resourceManagementPrivateLinks"
        ),
    }

    def permissions(self) -> dict:
        permissions = only(resources("Microsoft.Authorization/roleDefinitions"))["properties"]["permissions"]
        self.assertEqual(len(permissions), 1)
        return permissions[0]

    def variable(self, name: str):
        return parse(INFRA / "modules" / "role.bicep")["variables"][name]["value"]

    def actions(self, variable: str) -> list[str]:
        return self.variable(variable)

    def made_from_the_catalogue(self) -> dict:
        return json.loads((INFRA / "modules" / "target-actions.json").read_text())

    def of_targets(self) -> dict[str, list[str]]:
        """The actions for each type: those of the catalogue, and those that it asks for beside them."""
        of_types = self.made_from_the_catalogue()["actions"]
        more = self.more_of_targets()
        return {name: actions + more.get(name, []) for name, actions in of_types.items()}

    def more_of_targets(self) -> dict[str, list[str]]:
        # The parser keeps the quotes of keys.
        return {name.strip("'"): actions for name, actions in self.variable("moreTargetActions").items()}

    def all_actions(self) -> list[str]:
        of_targets = [action for actions in self.of_targets().values() for action in actions]
        zone_questions = [
            f"{name}/privateLinkResources/read"
            for name, clouds in self.made_from_the_catalogue()["zonesLearnedIn"].items()
            if clouds
        ]
        return self.actions("usualActions") + of_targets + zone_questions + self.actions("zoneActions")

    def test_it_has_these_actions_and_those_for_zones_only_if_asked(self):
        text = " ".join((INFRA / "modules" / "role.bicep").read_text().split())
        self.assertIn(
            "actions: union(usualActions, flatten(targetActions), zoneQuestions,"
            " createMissingZones ? zoneActions : [], furtherActions)",
            text,
        )
        for path in (INFRA / "main.bicep", INFRA / "modules" / "role.bicep"):
            with self.subTest(file=path.name):
                parameters = parse(path)["parameters"]
                self.assertIs(parameters["createMissingZones"]["default"], False)
                self.assertEqual(parameters["targetTypes"]["default"], [])
                self.assertEqual(parameters["furtherActions"]["default"], [])

    def test_the_types_are_those_that_were_chosen_or_all_that_are_stable(self):
        text = " ".join((INFRA / "modules" / "role.bicep").read_text().split())
        self.assertIn("var chosenTypes = empty(targetTypes) ? catalogue.stableTypes : targetTypes", text)
        stable = self.made_from_the_catalogue()["stableTypes"]
        expected = [row["resource_type"] for row in self.catalogue() if "preview" not in row["api_version"]]
        self.assertEqual(stable, expected)

    def test_only_types_of_the_catalogue_ask_for_more(self):
        self.assertEqual(set(self.more_of_targets()) - set(self.of_targets()), set())

    def test_every_action_is_named(self):
        for action in self.all_actions():
            with self.subTest(action=action):
                self.assertRegex(action, r"^[Mm]icrosoft(\.[A-Za-z]+)+(/[A-Za-z0-9]+)+/(read|write|delete|action)$")

    def test_no_action_is_given_twice(self):
        actions = [action.lower() for action in self.all_actions()]
        self.assertEqual(len(actions), len(set(actions)))

    def test_it_changes_connections_and_records_of_addresses_and_nothing_else(self):
        for action in set(self.all_actions()) - set(self.actions("zoneActions")):
            with self.subTest(action=action):
                if not action.endswith("/read"):
                    self.assertRegex(action, CHANGES)

    def test_for_zones_it_makes_and_links_them_and_nothing_else(self):
        changes = {action for action in self.actions("zoneActions") if not action.endswith("/read")}
        self.assertEqual(changes, ZONE_CHANGES)

    def test_every_fact_of_the_rules_can_be_read(self):
        facts = {
            "Microsoft.Resources/subscriptions/read",
            "Microsoft.Network/networkInterfaces/read",
            "Microsoft.DataFactory/factories/managedVirtualNetworks/managedPrivateEndpoints/read",
        }
        self.assertEqual(facts - set(self.actions("usualActions")), set())

    def catalogue(self, table: str = "target_types.csv") -> list[dict]:
        with (ROOT / "handlers/decisions/src/catalogue" / table).open() as file:
            lines = [line for line in file if not line.startswith("#")]
        return list(csv.DictReader(lines))

    def test_the_role_is_for_the_cloud_of_the_app(self):
        main = parse(INFRA / "main.bicep")
        for module in ("role", "functionApp"):
            self.assertEqual(body(main["modules"][module])["params"]["cloud"], "cloud")
        allowed = {
            path.name: [d for d in parse(path)["parameters"]["cloud"]["decorators"] if d["type"] == "allowed"]
            for path in (INFRA / "main.bicep", INFRA / "modules" / "role.bicep")
        }
        self.assertEqual(allowed["main.bicep"], allowed["role.bicep"])
        self.assertTrue(allowed["role.bicep"])

    def test_targets_are_asked_for_the_zones_that_a_cloud_lacks(self):
        text = " ".join((INFRA / "modules" / "role.bicep").read_text().split())
        self.assertIn("contains(catalogue.zonesLearnedIn[targetType], cloud)", text)
        self.assertIn("[for targetType in askedForZones: '${targetType}/privateLinkResources/read']", text)
        known = {(row["cloud"], row["resource_type"]) for row in self.catalogue("dns_zones.csv")}
        learned = self.made_from_the_catalogue()["zonesLearnedIn"]
        self.assertEqual(set(learned), set(self.of_targets()))
        for row in self.catalogue():
            resource_type = row["resource_type"]
            with self.subTest(type=resource_type):
                # Azure has no such action for these.
                is_asked = row["names"] == "azure" and resource_type not in self.LISTED_ELSEWHERE
                clouds = [cloud for cloud in ("public", "government", "china") if (cloud, resource_type) not in known]
                self.assertEqual(learned[resource_type], clouds if is_asked else [])

    def test_every_target_of_the_catalogue_can_be_read_and_approved(self):
        of_targets = self.of_targets()
        self.assertEqual(set(of_targets), {row["resource_type"] for row in self.catalogue()})
        for row in self.catalogue():
            with self.subTest(type=row["resource_type"]):
                actions = of_targets[row["resource_type"]]
                name = self.LISTED_ELSEWHERE.get(row["resource_type"], row["resource_type"])
                for what in ("read", "privateEndpointConnections/read"):
                    self.assertIn(f"{name}/{what}", actions)
                may_write = f"{name}/privateEndpointConnections/write" in actions
                self.assertEqual(may_write, row["approval"] != "none")

    def test_it_touches_no_data(self):
        self.assertEqual(self.permissions()["dataActions"], [])


if __name__ == "__main__":
    unittest.main()
