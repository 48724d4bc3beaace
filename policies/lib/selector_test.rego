package lib.selector_test

import data.lib.selector

labels := {"app": "web", "tier": "front", "example.com/team": "shop", "empty": ""}

label(key, value) := {"matchLabels": {key: value}}

expression(key, operator, values) := {"matchExpressions": [{"key": key, "operator": operator, "values": values}]}

# As LabelSelectorAsSelector reads them, each with `labels`.
fitting := [
	{},
	{"matchLabels": null, "matchExpressions": null},
	{"matchLabels": {}, "matchExpressions": []},
	label("app", "web"),
	label("empty", ""),
	{"matchLabels": {"app": "web", "example.com/team": "shop"}},
	expression("app", "In", ["web"]),
	expression("app", "In", ["api", "web"]),
	expression("empty", "In", [""]),
	expression("app", "NotIn", ["api", ""]),
	expression("absent", "NotIn", ["web"]),
	expression("absent", "NotIn", [""]),
	expression("app", "Exists", []),
	expression("app", "Exists", null),
	expression("empty", "Exists", []),
	expression("absent", "DoesNotExist", []),
	{"matchExpressions": [{"key": "absent", "operator": "DoesNotExist"}]},
	object.union(label("app", "web"), expression("tier", "In", ["front"])),
	{"matchExpressions": [{"key": "app", "operator": "Exists"}, {"key": "absent", "operator": "DoesNotExist"}]},
]

unfitting := [
	null,
	label("app", "api"),
	label("app", ""),
	label("absent", ""),
	label("App", "web"),
	{"matchLabels": {"app": "web", "tier": "back"}},
	expression("app", "In", ["api"]),
	expression("absent", "In", [""]),
	expression("app", "NotIn", ["api", "web"]),
	expression("empty", "NotIn", [""]),
	expression("absent", "Exists", []),
	expression("app", "DoesNotExist", []),
	expression("empty", "DoesNotExist", []),
	object.union(label("app", "api"), expression("tier", "In", ["front"])),
	object.union(label("app", "web"), expression("tier", "In", ["back"])),
	{"matchExpressions": [{"key": "app", "operator": "Exists"}, {"key": "tier", "operator": "DoesNotExist"}]},
]

test_labels_fit[note] if {
	some fits in fitting
	note := json.marshal(fits)
	selector.valid(fits)
	selector.matches(fits, labels)
}

test_labels_do_not_fit[note] if {
	some fits in unfitting
	note := json.marshal(fits)
	selector.valid(fits)
	not selector.matches(fits, labels)
}

test_absent_labels_are_none if {
	selector.matches({}, null)
	selector.matches(expression("app", "DoesNotExist", []), null)
	selector.matches(expression("app", "NotIn", ["web"]), null)
	not selector.matches(label("app", "web"), null)
	not selector.matches(expression("app", "Exists", []), null)
	not selector.matches(null, null)
}

times(text, n) := concat("", [text | some _ in numbers.range(1, n)])

valid_keys := [
	"a",
	"A",
	"0",
	"a-b_c.d",
	"app.kubernetes.io/name",
	"a/A_b",
	"0-a.b0/c",
	times("a", 63),
	concat("", [times("a.", 126), "a/b"]),
]

valid_values := ["", "a", "A", "0", "a-b_c.D", times("a", 63)]

test_keys_and_values_are_those_of_labels if {
	every key in valid_keys {
		selector.valid(label(key, "x"))
		selector.valid(expression(key, "Exists", []))
	}
	every value in valid_values {
		selector.valid(label("x", value))
		selector.valid(expression("x", "In", [value]))
	}
}

# What LabelSelectorAsSelector gives an error for, or what is no LabelSelector at all.
invalid := array.concat(
	[
		false,
		"app=web",
		7,
		["app"],
		{"matchLabels": "app=web"},
		{"matchLabels": ["app"]},
		{"matchLabels": []},
		{"matchExpressions": {}},
		{"matchExpressions": {"key": "app", "operator": "Exists"}},
		{"matchExpressions": "app"},
		{"matchExpressions": [null]},
		{"matchExpressions": [{}]},
		{"matchExpressions": [{"operator": "Exists"}]},
		{"matchExpressions": [{"key": "app"}]},
		label("app", 7),
		label("app", ["web"]),
		expression("app", "In", []),
		expression("app", "In", null),
		expression("app", "NotIn", []),
		expression("app", "Exists", ["web"]),
		expression("app", "DoesNotExist", ["web"]),
		expression("app", "in", ["web"]),
		expression("app", "Gt", ["1"]),
		expression("app", "", ["web"]),
		expression("app", "In", "web"),
		expression("app", "In", {"web": "web"}),
		expression("app", "In", ["web", "-"]),
		expression("app", "NotIn", ["web", 7]),
		{"matchExpressions": [{"key": "app", "operator": "Exists"}, {"key": "", "operator": "Exists"}]},
	],
	array.concat([label(key, "x") | some key in invalid_keys], [label("x", value) | some value in invalid_values]),
)

invalid_keys := [
	"",
	"/",
	"/a",
	"a/",
	"a/b/c",
	"-a",
	"a-",
	"_a",
	"a.",
	"a b",
	"ä",
	"a\n",
	"A.com/b",
	"a..b/c",
	"a_b/c",
	"-a/b",
	"a-/b",
	"a.com/-b",
	times("a", 64),
	concat("", ["a/", times("a", 64)]),
	concat("", [times("a.", 126), "aa/b"]),
]

invalid_values := ["-", "a-", "-a", ".", "a/b", "a b", "ä", "a\n", times("a", 64)]

test_what_the_API_server_refuses_fits_nothing[note] if {
	some selects in invalid
	note := json.marshal(selects)
	not selector.valid(selects)
	not selector.matches(selects, labels)
}
