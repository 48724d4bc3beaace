# METADATA
# title: Field paths
# description: Paths as Portcullis reads them; a key that holds dots or slashes stands in brackets and quotes.
package lib.field

# METADATA
# scope: document
# title: The path of a key below a path
# custom:
#   example: |
#     field.join("metadata.labels", "team") == "metadata.labels.team"
#     field.join("metadata.labels", "app.kubernetes.io/name") == `metadata.labels["app.kubernetes.io/name"]`
join(path, key) := $"{path}.{key}" if regex.match(plain, key)

join(path, key) := $"{path}[\"{replace(replace(key, `\`, `\\`), `"`, `\"`)}\"]" if not regex.match(plain, key)

plain := `^[A-Za-z_][A-Za-z0-9_-]*$`
