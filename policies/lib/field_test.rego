package lib.field_test

import data.lib.field

test_keys_join_a_path_as_portcullis_reads_it[key] if {
	some key, path in {
		"team": "labels.team",
		"cost-center": "labels.cost-center",
		"_x9": "labels._x9",
		"9x": `labels["9x"]`,
		"app.kubernetes.io/name": `labels["app.kubernetes.io/name"]`,
		`a"b\c`: `labels["a\"b\\c"]`,
		"": `labels[""]`,
	}
	field.join("labels", key) == path
}
