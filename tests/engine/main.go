// The real Hatchet engine as one program, for machines that cannot download the official sidecar.
//
// It takes the arguments of the sidecar that hatchet_sdk's `embedded` module starts, writes the same
// handshake file once gRPC and REST accept connections, and ends when its standard input closes, so that
// `Hatchet.from_embedded()` with HATCHET_CLIENT_EMBEDDED_BINARY_PATH works with it. It has no Postgres of
// its own: -database-url (or DATABASE_URL) is required. Everything listens on loopback only.
//
// Build, also where no checksum database is reachable (go.sum is complete; `go mod tidy` would ask it):
//
//	CGO_ENABLED=0 go build -mod=readonly -trimpath -ldflags '-s -w' -o hatchet-engine .
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/google/uuid"

	"github.com/hatchet-dev/hatchet/cmd/hatchet-admin/cli/seed"
	"github.com/hatchet-dev/hatchet/cmd/hatchet-engine/engine"
	"github.com/hatchet-dev/hatchet/cmd/hatchet-migrate/migrate"
	"github.com/hatchet-dev/hatchet/pkg/cleanup"
	"github.com/hatchet-dev/hatchet/pkg/config/loader"
	"github.com/hatchet-dev/hatchet/pkg/config/server"
)

// version is the release of the module in go.mod; SDKs choose what they may ask of the engine by it.
const version = "v0.104.7"

// stopLimit bounds a graceful stop: past it the process ends as it is, so that nobody waits for an engine
// whose Postgres went away first.
const stopLimit = 20 * time.Second

type options struct {
	handshakeFile string
	databaseURL   string
	grpcPort      int
	apiPort       int
	noAPI         bool
	noMigrations  bool
	logLevel      string
}

func main() {
	log.SetPrefix("hatchet-engine: ")
	opts, err := parse(os.Args[1:])
	if err != nil {
		log.Println(err)
		os.Exit(2)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go endWithOwner(cancel)
	if err := run(ctx, opts); err != nil {
		log.Println(err)
		os.Exit(1)
	}
}

func parse(args []string) (*options, error) {
	opts := &options{}
	var rabbitURL, dataDir string
	flags := flag.NewFlagSet("hatchet-engine", flag.ContinueOnError)
	flags.StringVar(&opts.handshakeFile, "handshake-file", "", "written, as JSON, when the engine is ready")
	flags.StringVar(&opts.databaseURL, "database-url", os.Getenv("DATABASE_URL"), "the Postgres to use")
	flags.IntVar(&opts.grpcPort, "grpc-port", 0, "default: a free one")
	flags.IntVar(&opts.apiPort, "api-port", 0, "default: a free one")
	flags.BoolVar(&opts.noAPI, "no-api", false, "without the REST API")
	flags.BoolVar(&opts.noMigrations, "no-migrations", false, "the schema is up to date")
	flags.StringVar(&opts.logLevel, "log-level", "warn", "debug, info, warn or error")
	flags.StringVar(&rabbitURL, "rabbitmq-url", "", "not supported: the queue is in Postgres")
	flags.StringVar(&dataDir, "postgres-data-dir", "", "not supported: bring a Postgres")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if opts.databaseURL == "" {
		return nil, errors.New("this build has no Postgres of its own: set HATCHET_CLIENT_EMBEDDED_DATABASE_URL")
	}
	if rabbitURL != "" || dataDir != "" {
		return nil, errors.New("this build supports neither -rabbitmq-url nor -postgres-data-dir")
	}
	return opts, nil
}

// endWithOwner cancels when the owner closes our standard input (by ending, however it ends) or sends a
// signal, and makes sure that the stop does end.
func endWithOwner(cancel context.CancelFunc) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	closed := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		close(closed)
	}()
	select {
	case <-signals:
	case <-closed:
	}
	cancel()
	time.AfterFunc(stopLimit, func() {
		log.Println("the stop takes too long: ending now")
		os.Exit(1)
	})
}

func run(ctx context.Context, opts *options) error {
	if err := choosePorts(opts); err != nil {
		return err
	}
	if err := setDefaults(opts); err != nil {
		return err
	}
	if !opts.noMigrations {
		if err := migrate.RunMigrations(ctx, migrate.WithDatabaseURL(opts.databaseURL)); err != nil {
			return err
		}
	}
	if os.Getenv(aloneVariable) == "1" {
		if err := succeed(ctx, opts.databaseURL); err != nil {
			return fmt.Errorf("taking over: %w", err)
		}
	}
	keys, err := loadKeys(ctx, opts.databaseURL)
	if err != nil {
		return fmt.Errorf("keysets: %w", err)
	}
	config := loader.NewConfigLoader("")
	tenant, err := seedTenant(config)
	if err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	closeServer, sc, err := config.CreateServerFromConfig(version, override(opts, keys))
	if err != nil {
		return err
	}
	return serve(ctx, opts, sc, tenant, closeServer)
}

// seedTenant makes the default tenant where it is missing and returns its id.
func seedTenant(config *loader.ConfigLoader) (uuid.UUID, error) {
	data, err := config.InitDataLayer()
	if err != nil {
		return uuid.Nil, err
	}
	if err := seed.SeedDatabase(data); err != nil {
		return uuid.Nil, errors.Join(err, data.Disconnect())
	}
	tenant, err := uuid.Parse(data.Seed.DefaultTenantID)
	return tenant, errors.Join(err, data.Disconnect())
}

// serve runs REST and the engine over one server configuration, so over one connection pool, until ctx ends.
func serve(
	ctx context.Context, opts *options, sc *server.ServerConfig, tenant uuid.UUID, closeServer func() error,
) error {
	token, err := sc.Auth.JWTManager.GenerateTenantToken(ctx, tenant, "embedded", false, nil)
	if err != nil {
		return fmt.Errorf("token: %w", err)
	}
	stopAPI := func() error { return nil }
	if !opts.noAPI {
		if stopAPI, err = startAPI(sc, opts.apiPort); err != nil {
			return fmt.Errorf("REST: %w", err)
		}
	}
	go func() {
		if err := announce(ctx, opts, tenant.String(), token.Token); err != nil {
			log.Fatalln("handshake:", err)
		}
	}()
	tasks := cleanup.New(sc.Logger)
	runErr := engine.RunWithConfig(ctx, sc, &tasks)
	tasks.Add(closeServer, "server")
	tasks.Add(sc.Disconnect, "database")
	return errors.Join(runErr, stopAPI(), tasks.Run())
}
