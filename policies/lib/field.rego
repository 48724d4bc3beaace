# METADATA
# title: Field paths
# description: Paths as Portcullis reads them; a key that holds dots or slashes stands in brackets and quotes.
package lib.field

# `metadata.labels` and `app.kubernetes.io/name` give `metadata.labels["app.kubernetes.io/name"]`.
join(path, key) := $"{path}.{key}" if regex.match(plain, key)

join(path, key) := $"{path}[\"{replace(replace(key, `\`, `\\`), `"`, `\"`)}\"]" if not regex.match(plain, key)

plain := `^[A-Za-z_][A-Za-z0-9_-]*$`
