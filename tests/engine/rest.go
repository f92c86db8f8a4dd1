package main

import (
	"errors"
	"net"
	"reflect"
	"unsafe"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/labstack/echo/v4"

	"github.com/hatchet-dev/hatchet/api/v1/server/middleware/populator"
	rest "github.com/hatchet-dev/hatchet/api/v1/server/run"
	"github.com/hatchet-dev/hatchet/pkg/config/server"
)

// startAPI serves REST on loopback and returns what stops it.
//
// The module's server always listens on every interface, but it uses a listener that its echo instance
// already has. An extension is the one door through which a caller meets that instance, as a field of the
// group that it is handed.
func startAPI(sc *server.ServerConfig, port int) (func() error, error) {
	listener, err := net.Listen("tcp", address(port))
	if err != nil {
		return nil, err
	}
	onLoopback := func(*server.ServerConfig) (*openapi3.T, func(*echo.Group, *populator.Populator) error, error) {
		set := func(group *echo.Group, _ *populator.Populator) error { return setListener(group, listener) }
		return emptySpec(), set, nil
	}
	return rest.NewAPIServer(sc).Run(onLoopback)
}

func setListener(group *echo.Group, listener net.Listener) error {
	field := reflect.ValueOf(group).Elem().FieldByName("echo")
	if !field.IsValid() || field.Type() != reflect.TypeOf((*echo.Echo)(nil)) {
		return errors.New("echo.Group has no field `echo` of type *echo.Echo any more")
	}
	(*(**echo.Echo)(unsafe.Pointer(field.UnsafeAddr()))).Listener = listener
	return nil
}

func emptySpec() *openapi3.T {
	return &openapi3.T{
		OpenAPI: "3.0.0",
		Info:    &openapi3.Info{Title: "none", Version: "1"},
		Paths:   openapi3.NewPaths(),
	}
}
