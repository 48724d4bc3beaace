# What a set of patch objects makes of an object, for the operations that the packs use: `default`, `add`, and `upsert` of
# an item that is not there yet.
package lib.patch_test

applied(object, patches) := json.patch(object, array.concat(parents(object, patches), array.flatten([
	[written(patch) | some patch in patches; patch.op != "upsert"; applies(object, patch)],
	[inserted(patch, "-") | some patch in patches; patch.op == "upsert"; not first(patch)],
	# Last, because it moves the items that other paths mean.
	[inserted(patch, "0") | some patch in patches; patch.op == "upsert"; first(patch)],
])))

applies(_, patch) if patch.op == "add"

applies(object, patch) if {
	patch.op == "default"
	at(object, tokens(patch.path)) == null
}

written(patch) := {"op": "add", "path": patch.path, "value": patch.value}

inserted(patch, place) := {"op": "add", "path": $"{patch.path}/{place}", "value": patch.value}

first(patch) if patch.position == "first"

# Shorter before longer.
parents(object, patches) := sort({{"path": path, "op": "add", "value": {}} |
	some patch in patches
	path := prefixes(patch.path)[_]
	at(object, tokens(path)) == null
} | {{"path": patch.path, "op": "add", "value": []} |
	some patch in patches
	patch.op == "upsert"
	at(object, tokens(patch.path)) == null
})

# Of `/a/b/c`: `/a`, `/a/b`.
prefixes(path) := {concat("/", array.slice(parts, 0, n)) |
	parts := split(path, "/")
	some n in numbers.range(2, count(parts) - 1)
	n < count(parts)
}

at(value, path) := object.get(value, path, null)

tokens(path) := [token(part) | some part in array.slice(split(path, "/"), 1, 100)]

token(part) := to_number(part) if regex.match(`^[0-9]+$`, part)

token(part) := replace(replace(part, "~1", "/"), "~0", "~") if not regex.match(`^[0-9]+$`, part)

test_patches_are_applied_as_the_engine_does if {
	patches := {
		{"op": "default", "path": "/a/b~1c/d", "value": 1},
		{"op": "default", "path": "/a/e", "value": 2},
		{"op": "default", "path": "/list/0/x", "value": 3},
		{"op": "default", "path": "/set", "value": 4},
		{"op": "default", "path": "/null", "value": 5},
		{"op": "add", "path": "/list/1/x", "value": 6},
		{"op": "upsert", "path": "/list", "position": "first", "value": {"name": "first"}},
		{"op": "upsert", "path": "/list/0/env", "value": {"name": "E"}},
		{"op": "upsert", "path": "/items", "value": {"name": "last"}},
	}
	applied({"list": [{}, {"x": 0}], "set": 0, "null": null}, patches) == {
		"a": {"b/c": {"d": 1}, "e": 2},
		"list": [{"name": "first"}, {"x": 3, "env": [{"name": "E"}]}, {"x": 6}],
		"set": 0,
		"null": 5,
		"items": [{"name": "last"}],
	}
}
