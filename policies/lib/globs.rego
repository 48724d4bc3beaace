# METADATA
# title: Globs
# description: |
#   Patterns over names, as PolicyBindings have them: `*` stands for any characters, also for none, and every other
#   character for itself. (OPA's own `glob.match` knows more, and its `*` ends at a dot unless it is told otherwise.)
package lib.globs

# METADATA
# scope: rule
# title: Whether a name fits a pattern
# description: The whole name, and upper and lower case are different. Undefined otherwise, and for what is no text.
# custom:
#   example: |
#     globs.matches("team-*", "team-web")
#     not globs.matches("team-*", "my-team-web")
#     not globs.matches("team-?", "team-1")
matches(pattern, name) if {
	parts := [strings.replace_n(escapes, part) | some part in split(pattern, "*")]
	regex.match(concat("", ["^(?s:", concat(".*", parts), ")$"]), name)
}

# What has a meaning in a regular expression.
escapes := {character: concat("", [`\`, character]) | some character in split(`\.+?()|[]{}^$`, "")}

# METADATA
# scope: rule
# title: Whether a name fits one of several patterns
# custom:
#   example: |
#     globs.matches_any(["kube-*", "team-web"], "kube-system")
#     not globs.matches_any([], "kube-system")
matches_any(patterns, name) if {
	some pattern in patterns
	matches(pattern, name)
}
