# METADATA
# title: Label selectors
# description: |
#   `metav1.LabelSelector`, as in a NetworkPolicy or a PodDisruptionBudget, against labels: everything in `matchLabels`
#   and in `matchExpressions` must fit.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
#     description: Label selectors
package lib.selector

# METADATA
# scope: rule
# title: Whether labels fit a selector
# description: |
#   As apimachinery's LabelSelectorAsSelector reads it: an empty selector fits everything, null (an absent one) nothing;
#   labels that are null are none. `NotIn` and `DoesNotExist` fit where there is no such label. Undefined where the labels
#   do not fit, and for a selector that the API server would refuse: ask `valid` first where that makes a difference.
# custom:
#   example: |
#     selector.matches({"matchLabels": {"app": "web"}}, {"app": "web", "tier": "front"})
#     selector.matches({"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["back"]}]}, {"app": "web"})
#     selector.matches({}, null)
#     not selector.matches(null, {"app": "web"})
matches(selector, labels) if {
	selector != null
	valid(selector)
	present := or_empty(labels, {})
	every key, value in member(selector, "matchLabels", {}) {
		present[key] == value
	}
	every requirement in member(selector, "matchExpressions", []) {
		fits(requirement, object.get(present, requirement.key, null))
	}
}

fits(requirement, value) if {
	requirement.operator == "In"
	value in requirement.values
}

fits(requirement, value) if {
	requirement.operator == "NotIn"
	not value in requirement.values
}

fits(requirement, value) if {
	requirement.operator == "Exists"
	value != null
}

fits(requirement, null) if requirement.operator == "DoesNotExist"

# METADATA
# scope: document
# title: Whether the API server would take a selector
# description: |
#   Keys and values are those of labels, `In` and `NotIn` have values, `Exists` and `DoesNotExist` have none. Undefined
#   otherwise.
# custom:
#   example: |
#     selector.valid({"matchExpressions": [{"key": "example.com/tier", "operator": "Exists"}]})
#     not selector.valid({"matchExpressions": [{"key": "tier", "operator": "In", "values": []}]})
valid(null)

valid(selector) if {
	is_object(selector)
	labels := member(selector, "matchLabels", {})
	is_object(labels)
	every key, value in labels {
		valid_key(key)
		valid_value(value)
	}
	requirements := member(selector, "matchExpressions", [])
	is_array(requirements)
	every requirement in requirements {
		valid_requirement(requirement)
	}
}

valid_requirement(requirement) if {
	valid_key(requirement.key)
	values := member(requirement, "values", [])
	is_array(values)
	takes(requirement.operator, count(values))
	every value in values {
		valid_value(value)
	}
}

takes(operator, values) if {
	operator in {"In", "NotIn"}
	values > 0
}

takes(operator, 0) if operator in {"Exists", "DoesNotExist"}

# A name, and before a slash perhaps a DNS subdomain of at most 253 characters.
valid_key(key) if {
	regex.match(key_pattern, key)
	indexof(key, "/") <= 253
}

key_pattern := concat("", [
	`^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*/)?`,
	`[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$`,
])

valid_value(value) if regex.match(`^(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$`, value)

# Null is as absent, as everywhere in Kubernetes.
member(holder, key, empty) := holder[key] if {
	holder[key] != null
} else := empty

or_empty(value, empty) := value if {
	value != null
} else := empty
