// Command without-seccomp stands before the runc beside it, for BuildKit: it takes the system call filter out of a
// container's configuration. A runc that knows filters needs libseccomp's sources, which few machines have.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

func main() {
	fmt.Fprintf(os.Stderr, "error: %v\n", run(os.Args[1:]))
	os.Exit(1)
}

// run ends as runc, or with the reason why it cannot.
func run(args []string) error {
	if index := slices.Index(args, "--bundle"); index != -1 && index+1 < len(args) {
		if err := removeFilter(filepath.Join(args[index+1], "config.json")); err != nil {
			return err
		}
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	runc := filepath.Join(filepath.Dir(self), "runc")
	return syscall.Exec(runc, append([]string{runc}, args...), os.Environ())
}

func removeFilter(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var config, linux map[string]json.RawMessage
	if err := json.Unmarshal(text, &config); err != nil {
		return err
	}
	if err := json.Unmarshal(config["linux"], &linux); err != nil {
		return err
	}
	delete(linux, "seccomp")
	if config["linux"], err = json.Marshal(linux); err != nil {
		return err
	}
	if text, err = json.Marshal(config); err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o600)
}
