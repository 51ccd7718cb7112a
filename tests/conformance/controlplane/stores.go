package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/url"
	"os"
	"os/signal"
	"syscall"

	"github.com/alicebob/miniredis/v2"
	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/embed"
)

// newEtcdCommand is one etcd member on loopback. It does not sync its writes to disk: no test pulls the plug.
func newEtcdCommand() *cobra.Command {
	var folder, client string
	command := &cobra.Command{Use: "etcd", Args: cobra.NoArgs, RunE: func(*cobra.Command, []string) error {
		listen, err := url.Parse(client)
		if err != nil {
			return err
		}
		// the peer port is never used: there is one member
		peer := url.URL{Scheme: "http", Host: "127.0.0.1:0"}
		config := embed.NewConfig()
		config.Dir = folder
		config.UnsafeNoFsync = true
		config.LogLevel = "error"
		config.ListenClientUrls, config.AdvertiseClientUrls = []url.URL{*listen}, []url.URL{*listen}
		config.ListenPeerUrls, config.AdvertisePeerUrls = []url.URL{peer}, []url.URL{peer}
		config.InitialCluster = config.InitialClusterFromName(config.Name)
		server, err := embed.StartEtcd(config)
		if err != nil {
			return err
		}
		defer server.Close()
		select {
		case <-signalled().Done():
			return nil
		case err := <-server.Err():
			return err
		}
	}}
	command.Flags().StringVar(&folder, "data-dir", "", "folder of the database")
	command.Flags().StringVar(&client, "listen-client-url", "", "where clients are served")
	return command
}

// newRedisCommand is the cache between Argo CD's controllers: in memory, gone with the process.
func newRedisCommand() *cobra.Command {
	var address string
	command := &cobra.Command{Use: "redis", Args: cobra.NoArgs, RunE: func(*cobra.Command, []string) error {
		server := miniredis.NewMiniRedis()
		if err := server.StartAddr(address); err != nil {
			return err
		}
		defer server.Close()
		<-signalled().Done()
		return nil
	}}
	command.Flags().StringVar(&address, "listen", "", "address and port")
	return command
}

// newServiceAccountKeyCommand writes a new key that signs the tokens of service accounts.
func newServiceAccountKeyCommand() *cobra.Command {
	return &cobra.Command{Use: "service-account-key FILE", Args: cobra.ExactArgs(1), RunE: func(_ *cobra.Command, arguments []string) error {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return err
		}
		der, err := x509.MarshalECPrivateKey(key)
		if err != nil {
			return err
		}
		text := pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})
		if err := os.WriteFile(arguments[0], text, 0o600); err != nil {
			return fmt.Errorf("the key: %w", err)
		}
		return nil
	}}
}

// signalled is done at the first SIGINT or SIGTERM.
func signalled() context.Context {
	ctx, _ := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	return ctx
}
