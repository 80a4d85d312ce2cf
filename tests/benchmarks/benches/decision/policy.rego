package portreeve

import rego.v1

default decision := {"effect": "hold"}

decision := {"effect": "reject", "rule": data.rules[min(rejecting)].id} if {
	count(rejecting) > 0
} else := {"effect": "hold", "rule": data.rules[min(holding)].id} if {
	count(holding) > 0
} else := {"effect": "approve", "rule": data.rules[min(matching)].id} if {
	count(matching) > 0
}

rejecting := {index | some index in matching; data.rules[index].effect == "reject"}

holding := {index | some index in matching; data.rules[index].effect == "hold"}

# Every rule says something of every fact, if only `any`. What most rules miss by comes first.
matching contains index if {
	some index, rule in data.rules
	one_of(rule.target_subscription, input.target_subscription)
	one_of(rule.target_type, input.target_type)
	one_of(rule.requester_subscription, input.requester_subscription)
	one_of(rule.target_resource_group, input.target_resource_group)
	one_of(rule.target_name, input.target_name)
	one_of(rule.requester_resource_group, input.requester_resource_group)
	one_of(rule.requester_name, input.requester_name)
	all_of(rule.target_group_ids, input.target_group_ids)
	rule.not_before <= input.today
	input.today <= rule.expires
}

one_of(condition, _) if condition.any
one_of(condition, value) if condition.plain[value]
one_of(condition, value) if data.sets[condition.set][value]
one_of(condition, value) if {
	some glob in condition.globs
	glob.match(glob, null, value)
}

all_of(condition, _) if condition.any
all_of(condition, values) if {
	count(values) > 0
	not some_unlisted(condition, values)
}

some_unlisted(condition, values) if {
	some value in values
	not condition.plain[value]
}
