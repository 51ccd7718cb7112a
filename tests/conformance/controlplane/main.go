// Program controlplane runs one part of a Kubernetes control plane, or of Argo CD, in the foreground.
//
// Each part is the real one, with its own flags, from the modules in go.mod: kube-apiserver, kube-controller-manager, and
// Argo CD's three controllers are their own commands; etcd is embedded, as its own main does it. Redis alone is a
// stand-in, the one that Argo CD's own tests use.
//
//	controlplane PART [FLAG…]
//
// A server ends when its standard input does, so that nothing outlives the tests that started it.
package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	_ "time/tzdata" // for the time zones of a CronJob

	"github.com/spf13/cobra"
	"k8s.io/component-base/cli"
	kubeapiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	kubecontrollermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"

	applicationcontroller "github.com/argoproj/argo-cd/v3/cmd/argocd-application-controller/commands"
	applicationsetcontroller "github.com/argoproj/argo-cd/v3/cmd/argocd-applicationset-controller/commands"
	reposerver "github.com/argoproj/argo-cd/v3/cmd/argocd-repo-server/commands"
)

var parts = map[string]func() *cobra.Command{
	"etcd":                             newEtcdCommand,
	"redis":                            newRedisCommand,
	"service-account-key":              newServiceAccountKeyCommand,
	"kube-apiserver":                   kubeapiserver.NewAPIServerCommand,
	"kube-controller-manager":          kubecontrollermanager.NewControllerManagerCommand,
	"argocd-application-controller":    applicationcontroller.NewCommand,
	"argocd-applicationset-controller": applicationsetcontroller.NewCommand,
	"argocd-repo-server":               reposerver.NewCommand,
}

func main() {
	if len(os.Args) < 2 || parts[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "controlplane: which part?", strings.Join(slices.Sorted(maps.Keys(parts)), ", "))
		os.Exit(2)
	}
	os.Args = os.Args[1:]
	if os.Args[0] != "service-account-key" {
		go endWithInput()
	}
	os.Exit(cli.Run(parts[os.Args[0]]()))
}

// endWithInput ends the process once whoever started it is gone, however that came about.
func endWithInput() {
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}
