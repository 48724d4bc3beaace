// Command frontend lets BuildKit's Dockerfile front end, the one of `docker build`, say what it makes of a Dockerfile
// and of a .dockerignore, without building anything.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
)

const usage = `usage: frontend convert < REQUEST   what a Dockerfile says, as JSON (convert.go)
       frontend context FOLDER     the files that FOLDER/.dockerignore lets through, as JSON
`

func main() {
	answer, err := run(context.Background(), os.Args[1:])
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(answer)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "error: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) (any, error) {
	switch {
	case len(args) == 1 && args[0] == "convert":
		var request conversion
		if err := json.NewDecoder(os.Stdin).Decode(&request); err != nil {
			return nil, err
		}
		return convert(ctx, request)
	case len(args) == 2 && args[0] == "context":
		return sent(ctx, args[1])
	}
	return nil, fmt.Errorf("%s", usage)
}
