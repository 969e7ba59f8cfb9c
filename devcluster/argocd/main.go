// The two processes of Argo CD that bring Git to a cluster, and a Redis in memory, in one program.
//
// Its first argument is the name of the process. Left out is what only people need: the API server,
// the UI, the CLI, dex, notifications and ApplicationSets.
package main

import (
	"fmt"
	"os"
	"time"

	"github.com/alicebob/miniredis/v2"
	controller "github.com/argoproj/argo-cd/v3/cmd/argocd-application-controller/commands"
	reposerver "github.com/argoproj/argo-cd/v3/cmd/argocd-repo-server/commands"
	"github.com/spf13/cobra"
)

var processes = map[string]func() *cobra.Command{
	"application-controller": controller.NewCommand,
	"repo-server":            reposerver.NewCommand,
	"redis":                  redis,
}

func main() {
	var name string
	if len(os.Args) > 1 {
		name = os.Args[1]
	}
	process, found := processes[name]
	if !found {
		fmt.Fprintf(os.Stderr, "argocd: no process %q; there are application-controller, repo-server, redis\n", name)
		os.Exit(2)
	}
	command := process()
	command.SetArgs(os.Args[2:])
	if command.Execute() != nil {
		os.Exit(1)
	}
}

// redis serves at the address that is its argument.
func redis() *cobra.Command {
	return &cobra.Command{
		Use:  "redis ADDRESS",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, words []string) error {
			server := miniredis.NewMiniRedis()
			if err := server.StartAddr(words[0]); err != nil {
				return err
			}
			// Its clock stands still by itself; entries of the cache would never expire.
			for range time.Tick(time.Second) {
				server.FastForward(time.Second)
			}
			return nil
		},
	}
}
