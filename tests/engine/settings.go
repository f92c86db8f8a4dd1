package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/hatchet-dev/hatchet/pkg/config/loader"
	"github.com/hatchet-dev/hatchet/pkg/config/server"
)

const host = "127.0.0.1"

// handshake is what hatchet_sdk.embedded.Handshake reads.
type handshake struct {
	Token       string `json:"token"`
	TenantID    string `json:"tenant_id"`
	GRPCAddress string `json:"grpc_address"`
	APIURL      string `json:"api_url"`
}

func address(port int) string { return fmt.Sprintf("%s:%d", host, port) }

func choosePorts(opts *options) error {
	for _, port := range []*int{&opts.grpcPort, &opts.apiPort} {
		if *port != 0 {
			continue
		}
		listener, err := net.Listen("tcp", address(0))
		if err != nil {
			return err
		}
		*port = listener.Addr().(*net.TCPAddr).Port
		// Closed at the end, so that the second port is not the first again.
		defer func() { _ = listener.Close() }()
	}
	return nil
}

// setDefaults sets what the module reads from the environment only. What the caller set stays: a small pool
// keeps Postgres at a third of its memory, and a random password closes the well-known default login.
func setDefaults(opts *options) error {
	password, err := secret()
	if err != nil {
		return err
	}
	defaults := map[string]string{
		"DATABASE_MAX_CONNS":     "10",
		"DATABASE_MIN_CONNS":     "2",
		"ADMIN_PASSWORD":         "Aa1" + password,
		"DATABASE_LOGGER_LEVEL":  opts.logLevel,
		"SERVER_MSGQUEUE_KIND":   "postgres",
		"SERVER_LOGGER_LEVEL":    opts.logLevel,
		"SERVER_LOGGER_FORMAT":   "json",
		"DATABASE_LOGGER_FORMAT": "json",
	}
	for name, value := range defaults {
		if _, set := os.LookupEnv(name); set {
			continue
		}
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	return os.Setenv("DATABASE_URL", opts.databaseURL)
}

// secret returns 32 random hexadecimal digits.
func secret() (string, error) {
	bytes := make([]byte, 16)
	if _, err := rand.Read(bytes); err != nil {
		return "", err
	}
	return hex.EncodeToString(bytes), nil
}

func override(opts *options, keys *keysets) loader.ServerConfigFileOverride {
	return func(cf *server.ServerConfigFile) {
		cf.Encryption.MasterKeyset = keys.master
		cf.Encryption.JWT.PrivateJWTKeyset = keys.private
		cf.Encryption.JWT.PublicJWTKeyset = keys.public
		cf.Auth.Cookie.Secrets = keys.cookies
		cf.Auth.Cookie.Domain = host
		cf.Auth.Cookie.Insecure = true
		cf.MessageQueue.Kind = "postgres"
		cf.Runtime.Port = opts.apiPort
		cf.Runtime.ServerURL = "http://" + address(opts.apiPort)
		cf.Runtime.GRPCPort = opts.grpcPort
		cf.Runtime.GRPCBindAddress = host
		cf.Runtime.GRPCBroadcastAddress = address(opts.grpcPort)
		cf.Runtime.GRPCInsecure = true
		// Its server listens on every interface; the handshake tells readiness here.
		cf.Runtime.Healthcheck = false
		// These report to the engine's makers.
		cf.SecurityCheck.Enabled = false
		cf.Analytics.Posthog.Enabled = false
		cf.Alerting.Sentry.Enabled = false
	}
}

// announce writes the handshake file once the ports accept connections. It is renamed into place: its reader
// polls, and removes the folder as soon as it could read the file.
func announce(ctx context.Context, opts *options, tenant, token string) error {
	shake := handshake{Token: token, TenantID: tenant, GRPCAddress: address(opts.grpcPort)}
	ports := []int{opts.grpcPort}
	if !opts.noAPI {
		shake.APIURL = "http://" + address(opts.apiPort)
		ports = append(ports, opts.apiPort)
	}
	for _, port := range ports {
		if err := waitFor(ctx, address(port)); err != nil {
			return err
		}
	}
	if opts.handshakeFile == "" {
		return nil
	}
	text, err := json.Marshal(shake)
	if err != nil {
		return err
	}
	part := opts.handshakeFile + ".part"
	if err := os.WriteFile(part, text, 0o600); err != nil {
		return err
	}
	return os.Rename(part, opts.handshakeFile)
}

func waitFor(ctx context.Context, address string) error {
	dialer := net.Dialer{Timeout: time.Second}
	for ctx.Err() == nil {
		if connection, err := dialer.DialContext(ctx, "tcp", address); err == nil {
			return connection.Close()
		}
		time.Sleep(20 * time.Millisecond)
	}
	return nil
}
