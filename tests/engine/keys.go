package main

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/hatchet-dev/hatchet/pkg/encryption"
)

// keysets sign the tokens and encrypt what the engine stores.
type keysets struct {
	master, private, public, cookies string
}

const createKeys = `
CREATE SCHEMA IF NOT EXISTS sidecar;
CREATE TABLE IF NOT EXISTS sidecar.keysets (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    master text NOT NULL, private text NOT NULL, public text NOT NULL, cookies text NOT NULL)`

const insertKeys = `
INSERT INTO sidecar.keysets (master, private, public, cookies) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`

const selectKeys = `SELECT master, private, public, cookies FROM sidecar.keysets`

// loadKeys returns the keysets of this database, which are made when it has none. They live beside the data
// that they sign and encrypt, so neither can be kept without the other and a restart accepts old tokens.
func loadKeys(ctx context.Context, databaseURL string) (*keysets, error) {
	connection, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		return nil, err
	}
	defer func() { _ = connection.Close(context.WithoutCancel(ctx)) }()
	if _, err := connection.Exec(ctx, createKeys); err != nil {
		return nil, err
	}
	keys := &keysets{}
	read := func() error {
		return connection.QueryRow(ctx, selectKeys).Scan(&keys.master, &keys.private, &keys.public, &keys.cookies)
	}
	if err := read(); err != pgx.ErrNoRows {
		return keys, err
	}
	if err := insert(ctx, connection); err != nil {
		return nil, err
	}
	// Read again: another engine may have been first.
	return keys, read()
}

func insert(ctx context.Context, connection *pgx.Conn) error {
	master, private, public, _, err := encryption.GenerateLocalKeys()
	if err != nil {
		return err
	}
	hash, err := secret()
	if err != nil {
		return err
	}
	block, err := secret()
	if err != nil {
		return err
	}
	_, err = connection.Exec(ctx, insertKeys, string(master), string(private), string(public), hash+" "+block)
	return err
}
