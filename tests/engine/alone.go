package main

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// aloneVariable says that no other engine lives on this database.
const aloneVariable = "DOCSBOT_ENGINE_ALONE"

// An engine owns its tenants and queues by a partition and leases, which it renews. One that was killed still
// owns them for up to a minute, in which its successor schedules nothing at all.
const takeOver = `
UPDATE "ControllerPartition" SET "lastHeartbeat" = 'epoch';
UPDATE "SchedulerPartition" SET "lastHeartbeat" = 'epoch';
UPDATE "TenantWorkerPartition" SET "lastHeartbeat" = 'epoch';
DELETE FROM "Lease"`

// succeed ends the ownership of engines before this one, so that it schedules at once. Never with a second
// engine on the same database: both would then schedule the same tasks.
func succeed(ctx context.Context, databaseURL string) error {
	connection, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		return err
	}
	defer func() { _ = connection.Close(context.WithoutCancel(ctx)) }()
	_, err = connection.Exec(ctx, takeOver)
	return err
}
