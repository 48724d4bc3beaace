package lib.globs_test

import data.lib.globs

# Pattern, and names that fit it.
fitting := {
	"web": {"web"},
	"": {""},
	"*": {"", "web", "a.b/c", "a\nb", "é"},
	"web-*": {"web-", "web-1", "web-a.b/c"},
	"*-web": {"-web", "my-web", "web-web"},
	"*.example.com": {"a.example.com", "a.b.example.com", ".example.com"},
	"a*b*c": {"abc", "a1b2c", "abbcc", "a*b*c", "abcbc"},
	"**": {"", "web"},
	"a**b": {"ab", "a.b"},
	# Nothing else has a meaning.
	"a?c": {"a?c"},
	"[ab]": {"[ab]"},
	"{a,b}": {"{a,b}"},
	"!a": {"!a"},
	`a\*`: {`a\`, `a\b`},
	"a.c*": {"a.c", "a.cd"},
	"^a$": {"^a$"},
}

unfitting := {
	"web": {"", "Web", "web ", "webs", "a web", "web\n"},
	"": {"a"},
	"web-*": {"web", "my-web-1"},
	"*-web": {"web", "my-web-1"},
	"*.example.com": {"example.com", "a.example.com.evil", "a-example.com", "a.exampleXcom"},
	"a*b*c": {"ac", "acb", "cba", "ab"},
	"a?c": {"abc", "ac"},
	"[ab]": {"a", "b"},
	"[!a]": {"b"},
	"{a,b}": {"a", "b"},
	"!a": {"b"},
	`a\*`: {"a*", "a"},
	"a.c*": {"abc"},
}

test_a_star_stands_for_any_characters[pattern] if {
	some pattern, names in fitting
	every name in names {
		globs.matches(pattern, name)
	}
}

test_nothing_but_a_star_has_a_meaning[pattern] if {
	some pattern, names in unfitting
	every name in names {
		not globs.matches(pattern, name)
	}
}

test_what_is_no_text_fits_nothing if {
	every value in [null, true, 7, ["web"], {"web": "web"}] {
		not globs.matches("*", value)
		not globs.matches(value, "web")
	}
}

test_one_pattern_of_several_is_enough if {
	globs.matches_any(["a", "b*"], "b1")
	globs.matches_any({"a", "b*"}, "a")
	not globs.matches_any(["a", "b*"], "c")
	not globs.matches_any([], "a")
	not globs.matches_any(null, "a")
}
