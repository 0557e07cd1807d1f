// SPDX-License-Identifier: Apache-2.0

// Reads one resource of the compute API with gophercloud and prints how many of it were found.
//
//	decode ENDPOINT TOKEN VERSIONS servers|hypervisors|diagnostics [ID]
//
// Without an ID the resource is a list, of which every page is read. VERSIONS is the value of the
// header OpenStack-API-Version.
package main

import (
	"fmt"
	"os"

	"github.com/gophercloud/gophercloud"
	"github.com/gophercloud/gophercloud/openstack/compute/v2/extensions/diagnostics"
	"github.com/gophercloud/gophercloud/openstack/compute/v2/extensions/hypervisors"
	"github.com/gophercloud/gophercloud/openstack/compute/v2/servers"
)

func main() {
	client := &gophercloud.ServiceClient{
		ProviderClient: &gophercloud.ProviderClient{TokenID: os.Args[2]},
		Endpoint:       os.Args[1] + "/",
		MoreHeaders:    map[string]string{"OpenStack-API-Version": os.Args[3]},
	}
	count, err := 1, error(nil)
	if len(os.Args) > 5 {
		err = show(client, os.Args[4], os.Args[5])
	} else {
		count, err = list(client, os.Args[4])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(count)
}

func list(client *gophercloud.ServiceClient, resource string) (int, error) {
	if resource == "servers" {
		pages, err := servers.List(client, servers.ListOpts{AllTenants: true}).AllPages()
		if err != nil {
			return 0, err
		}
		found, err := servers.ExtractServers(pages)
		return len(found), err
	}
	pages, err := hypervisors.List(client).AllPages()
	if err != nil {
		return 0, err
	}
	found, err := hypervisors.ExtractHypervisors(pages)
	return len(found), err
}

func show(client *gophercloud.ServiceClient, resource string, id string) error {
	var err error
	switch resource {
	case "servers":
		_, err = servers.Get(client, id).Extract()
	case "hypervisors":
		_, err = hypervisors.Get(client, id).Extract()
	default:
		_, err = diagnostics.Get(client, id).Extract()
	}
	return err
}
