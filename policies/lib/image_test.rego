package lib.image_test

import data.lib.image
import data.lib.review_test as review

sha256 := "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

sha384 := concat("", ["sha384:", times("0a", 48)])

sha512 := concat("", ["sha512:", times("0a", 64)])

times(text, n) := concat("", [text | some _ in numbers.range(1, n)])

# Reference, registry, repository, tag, digest; each read so by ParseNormalizedNamed.
readable := [
	["nginx", "docker.io", "library/nginx", "", ""],
	["nginx:1.29", "docker.io", "library/nginx", "1.29", ""],
	["library/nginx", "docker.io", "library/nginx", "", ""],
	["org/web", "docker.io", "org/web", "", ""],
	["org/group/web:v1", "docker.io", "org/group/web", "v1", ""],
	["docker.io/nginx", "docker.io", "library/nginx", "", ""],
	["docker.io/org/web", "docker.io", "org/web", "", ""],
	["index.docker.io/nginx:1", "docker.io", "library/nginx", "1", ""],
	["index.docker.io/org/web", "docker.io", "org/web", "", ""],
	["registry-1.docker.io/library/nginx", "registry-1.docker.io", "library/nginx", "", ""],
	["docker.io:443/nginx", "docker.io:443", "nginx", "", ""],
	["Docker.io/nginx", "Docker.io", "nginx", "", ""],
	["docker.io", "docker.io", "library/docker.io", "", ""],
	["docker.io.evil.com/nginx", "docker.io.evil.com", "nginx", "", ""],
	["evil.com/docker.io/nginx", "evil.com", "docker.io/nginx", "", ""],
	["docker.io/docker.io/nginx", "docker.io", "docker.io/nginx", "", ""],
	["docker/nginx", "docker.io", "docker/nginx", "", ""],
	["ghcr.io/my-org/web", "ghcr.io", "my-org/web", "", ""],
	["ghcr.io/web", "ghcr.io", "web", "", ""],
	["GHCR.IO/my-org/web", "GHCR.IO", "my-org/web", "", ""],
	["localhost/x", "localhost", "x", "", ""],
	["localhost", "docker.io", "library/localhost", "", ""],
	["localhost:5000", "docker.io", "library/localhost", "5000", ""],
	["localhost:5000/x", "localhost:5000", "x", "", ""],
	["localhost:5000/x:1", "localhost:5000", "x", "1", ""],
	["localhosts/x", "docker.io", "localhosts/x", "", ""],
	["registry:5000/x", "registry:5000", "x", "", ""],
	["Registry/x", "Registry", "x", "", ""],
	["10.0.0.1/x", "10.0.0.1", "x", "", ""],
	["10.0.0.1:5000/x:1", "10.0.0.1:5000", "x", "1", ""],
	["[::1]:5000/x", "[::1]:5000", "x", "", ""],
	["[2001:db8::1]/x:1", "[2001:db8::1]", "x", "1", ""],
	["a-b.example.com/x", "a-b.example.com", "x", "", ""],
	[concat("", ["nginx@", sha256]), "docker.io", "library/nginx", "", sha256],
	[concat("", ["nginx:1@", sha256]), "docker.io", "library/nginx", "1", sha256],
	[concat("", ["ghcr.io/o/web:latest@", sha256]), "ghcr.io", "o/web", "latest", sha256],
	[concat("", ["ghcr.io/o/web@", sha384]), "ghcr.io", "o/web", "", sha384],
	[concat("", ["ghcr.io/o/web@", sha512]), "ghcr.io", "o/web", "", sha512],
	["nginx:V1.2_3-rc.4", "docker.io", "library/nginx", "V1.2_3-rc.4", ""],
	["nginx:_", "docker.io", "library/nginx", "_", ""],
	["nginx:1/2", "nginx:1", "2", "", ""],
	["a__b/c--d/e.f_g", "docker.io", "a__b/c--d/e.f_g", "", ""],
	[concat("", ["nginx:", times("1", 128)]), "docker.io", "library/nginx", times("1", 128), ""],
	[concat("", ["x.io/", times("a", 255)]), "x.io", times("a", 255), "", ""],
	# As long as a reference can be.
	[concat("", [times("a.", 510), "io/x"]), concat("", [times("a.", 510), "io"]), "x", "", ""],
	[times("a", 65), "docker.io", concat("", ["library/", times("a", 65)]), "", ""],
	[concat("", [times("a", 64), ":1"]), "docker.io", concat("", ["library/", times("a", 64)]), "1", ""],
]

test_references_are_read_as_runtimes_read_them[reference] if {
	some [reference, registry, repository, tag, digest] in readable
	image.parse(reference) == {"registry": registry, "repository": repository, "tag": tag, "digest": digest}
}

# The IDs of images that lie on a node, too: runtimes look for them before they read a name.
unreadable := [
	"",
	sha256,
	sha512,
	"sha256:3f57d9401f8d",
	times("0a", 32),
	" ",
	"nginx ",
	" nginx",
	"ngi nx",
	"nginx\n",
	"nginx:",
	"nginx:1:2",
	"nginx:-1",
	"nginx:.1",
	"nginx@",
	"a@b@c",
	"nginx@sha256:",
	"nginx@sha256:abc",
	"nginx@md5:d41d8cd98f00b204e9800998ecf8427e",
	concat("", ["nginx@", upper(sha256)]),
	concat("", ["nginx@sha256:", upper(times("ab", 32))]),
	concat("", ["nginx@", sha256, "0"]),
	concat("", ["nginx@", sha256, "@", sha256]),
	concat("", ["nginx@", sha256, ":1"]),
	concat("", ["@", sha256]),
	times("a0", 32),
	"Nginx",
	"docker.io/Nginx",
	"ghcr.io/Org/web",
	"org/Web",
	"/nginx",
	"nginx/",
	"//nginx",
	"org//web",
	"ghcr.io/",
	"https://ghcr.io/org/web",
	"user@ghcr.io/org/web",
	"ghcr.io:/web",
	"ghcr.io:port/web",
	"-a.io/web",
	"a-.io/web",
	"a..io/web",
	".io/web",
	"my_registry:5000/web",
	# ParseNormalizedNamed takes this one, as a name without any registry.
	"my_registry.example.com/web",
	"::1/x",
	"[::1/x",
	"[::g]/x",
	"org/-web",
	"org/web-",
	"org/___web",
	"org/a..b",
	"org/../web",
	"org/*",
	"*",
	"nginx:*",
	"nginx?x=1",
	"nginx#1",
	"ngínx",
	"nginx:1\u200b",
	"$(IMAGE)",
	"{{ .image }}",
	concat("", ["nginx:", times("1", 129)]),
	concat("", ["x.io/", times("a", 256)]),
	concat("", [times("a.", 510), "com/x"]),
	null,
	true,
	7,
	["nginx"],
	{"name": "nginx"},
]

test_what_is_no_reference_is_not_read[reference] if {
	some reference in unreadable
	not image.parse(reference)
}

test_every_image_of_a_pod_spec_is_found_in_every_kind if {
	container := {"name": "a", "image": "x"}
	spec := {
		"initContainers": [container],
		"containers": [{"name": "b"}, container],
		"ephemeralContainers": [container],
		"volumes": [{"name": "tmp", "emptyDir": {}}, {"name": "data", "image": {"reference": "y"}}],
	}
	every case in review.spec_cases(spec) {
		image.uses == {
			{"who": `init container "a"`, "image": "x", "field": $"{case.spec}.initContainers[0].image"},
			{"who": `container "a"`, "image": "x", "field": $"{case.spec}.containers[1].image"},
			{"who": `ephemeral container "a"`, "image": "x", "field": $"{case.spec}.ephemeralContainers[0].image"},
			{"who": `volume "data"`, "image": "y", "field": $"{case.spec}.volumes[1].image.reference"},
		} with input as case.review
	}
}

test_a_volume_without_a_name_is_named_so if {
	uses := image.uses with input as review.pod_with({"volumes": [{"image": {"reference": "y"}}]})
	{use.who | some use in uses} == {`volume ""`}
}

test_an_absent_image_is_none if {
	every absent in [null, ""] {
		spec := {"containers": [{"name": "a", "image": absent}], "volumes": [{"name": "v", "image": {"reference": absent}}]}
		image.uses == set() with input as review.pod_with(spec)
	}
}

test_each_image_is_read_once if {
	spec := {"initContainers": [{"image": "x"}], "containers": [{"image": "x"}, {"image": "X"}, {"image": 7}]}
	image.references == {"x": {
		"registry": "docker.io",
		"repository": "library/x",
		"tag": "",
		"digest": "",
	}} with input as review.pod_with(spec)
}

# A place and images that lie below it.
below := {
	"docker.io": {"nginx", "org/web", "docker.io/org/web"},
	"docker.io/library": {"nginx:1", "index.docker.io/nginx"},
	"docker.io/library/nginx": {"nginx", concat("", ["nginx@", sha256])},
	"ghcr.io/my-org": {"ghcr.io/my-org/web", "ghcr.io/my-org/group/web:1"},
	"registry.example.com:5000": {"registry.example.com:5000/web"},
	"*.example.com": {"eu.example.com/web", "eu.example.com/org/web"},
	"*.example.com:5000": {"eu.example.com:5000/web"},
	"*.example.com/org": {"eu.example.com/org/web"},
	"localhost": {"localhost/web"},
	"localhost:5000": {"localhost:5000/web"},
}

beside := {
	"docker.io/library": {"org/web", "ghcr.io/library/nginx"},
	"docker.io/library/nginx": {"library/nginx-evil", "nginx2"},
	"ghcr.io": {"nginx", "ghcr.io.evil.com/web", "ghcr.io:443/web", "evil.com/ghcr.io/web"},
	"ghcr.io/my-org": {"ghcr.io/my-org-evil/web", "ghcr.io/my/org/web", "ghcr.io/web"},
	"registry.example.com:5000": {"registry.example.com/web", "registry.example.com:50001/web"},
	"*.example.com": {"example.com/web", "a.b.example.com/web", "eu.example.com.evil/web", "eu.example.com:5000/web"},
	"*.example.com/org": {"eu.example.com/web"},
	"localhost": {"localhost:5000/web"},
}

test_an_image_lies_below_a_place[place] if {
	some place, references in below
	every reference in references {
		image.within(image.parse(reference), [place])
		image.within(image.parse(reference), ["quay.io", place])
	}
}

test_an_image_that_looks_alike_lies_elsewhere[place] if {
	some place, references in beside
	every reference in references {
		not image.within(image.parse(reference), [place])
	}
}

test_no_image_lies_below_no_place if {
	not image.within(image.parse("nginx"), [])
}
