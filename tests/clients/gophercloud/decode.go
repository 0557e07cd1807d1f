// SPDX-License-Identifier: Apache-2.0

// Asks the compute API as programs over gophercloud do, openstack-exporter among them, and prints
// what gophercloud made of the answer as JSON.
//
//	decode ENDPOINT TOKEN VERSIONS QUERY [ID]
//
// VERSIONS is the value of the header OpenStack-API-Version and begins with the compute version.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/gophercloud/gophercloud"
	"github.com/gophercloud/gophercloud/openstack/compute/v2/extensions/aggregates"
	"github.com/gophercloud/gophercloud/openstack/compute/v2/extensions/availabilityzones"
	"github.com/gophercloud/gophercloud/openstack/compute/v2/extensions/diagnostics"
	"github.com/gophercloud/gophercloud/openstack/compute/v2/extensions/hypervisors"
	"github.com/gophercloud/gophercloud/openstack/compute/v2/extensions/limits"
	"github.com/gophercloud/gophercloud/openstack/compute/v2/extensions/quotasets"
	"github.com/gophercloud/gophercloud/openstack/compute/v2/extensions/services"
	"github.com/gophercloud/gophercloud/openstack/compute/v2/extensions/usage"
	"github.com/gophercloud/gophercloud/openstack/compute/v2/flavors"
	"github.com/gophercloud/gophercloud/openstack/compute/v2/servers"
	"github.com/gophercloud/gophercloud/pagination"
)

type query func(client *gophercloud.ServiceClient, id string) (interface{}, error)

var queries = map[string]query{
	"hypervisors":        listHypervisors,
	"hypervisor-pages":   listHypervisorPages,
	"servers":            listServers,
	"services":           listServices,
	"aggregates":         listAggregates,
	"availability-zones": listZones,
	"flavors":            listFlavors,
	"usage":              listUsage,
	"server": func(client *gophercloud.ServiceClient, id string) (interface{}, error) {
		return servers.Get(client, id).Extract()
	},
	"hypervisor": func(client *gophercloud.ServiceClient, id string) (interface{}, error) {
		found, err := hypervisors.Get(client, id).Extract()
		return withID{found.ID, *found}, err
	},
	"diagnostics": func(client *gophercloud.ServiceClient, id string) (interface{}, error) {
		return diagnostics.Get(client, id).Extract()
	},
	"limits": func(client *gophercloud.ServiceClient, _ string) (interface{}, error) {
		return limits.Get(client, limits.GetOpts{}).Extract()
	},
	"quotas": func(client *gophercloud.ServiceClient, id string) (interface{}, error) {
		return quotasets.GetDetail(client, id).Extract()
	},
}

func main() {
	client := &gophercloud.ServiceClient{
		ProviderClient: &gophercloud.ProviderClient{TokenID: os.Args[2]},
		Endpoint:       os.Args[1] + "/",
		Type:           "compute",
		MoreHeaders:    map[string]string{"OpenStack-API-Version": os.Args[3]},
	}
	client.Microversion = strings.TrimPrefix(strings.Split(os.Args[3], ",")[0], "compute ")
	found, err := queries[os.Args[4]](client, strings.Join(os.Args[5:], ""))
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(found)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func listHypervisors(client *gophercloud.ServiceClient, _ string) (interface{}, error) {
	pages, err := hypervisors.List(client).AllPages()
	if err != nil {
		return nil, err
	}
	found, err := hypervisors.ExtractHypervisors(pages)
	return withIDs(found), err
}

// withID has what gophercloud reads and does not write.
type withID struct {
	ID string `json:"id"`
	hypervisors.Hypervisor
}

func withIDs(found []hypervisors.Hypervisor) []withID {
	shown := make([]withID, 0, len(found))
	for _, one := range found {
		shown = append(shown, withID{one.ID, one})
	}
	return shown
}

// linkedPage is what a page of hypervisors is in gophercloud from 1.0 on: its pager follows the
// links and looks for the list in the answer.
type linkedPage struct {
	pagination.LinkedPageBase
}

func (page linkedPage) extract() ([]hypervisors.Hypervisor, error) {
	var body struct {
		Hypervisors []hypervisors.Hypervisor `json:"hypervisors"`
	}
	err := page.ExtractInto(&body)
	return body.Hypervisors, err
}

func (page linkedPage) IsEmpty() (bool, error) {
	found, err := page.extract()
	return len(found) == 0, err
}

func (page linkedPage) NextPageURL() (string, error) {
	var body struct {
		Links []gophercloud.Link `json:"hypervisors_links"`
	}
	if err := page.ExtractInto(&body); err != nil {
		return "", err
	}
	return gophercloud.ExtractNextURL(body.Links)
}

func listHypervisorPages(client *gophercloud.ServiceClient, _ string) (interface{}, error) {
	url := client.ServiceURL("os-hypervisors", "detail") + "?limit=1"
	pages, err := pagination.NewPager(client, url, func(r pagination.PageResult) pagination.Page {
		return linkedPage{pagination.LinkedPageBase{PageResult: r}}
	}).AllPages()
	if err != nil {
		return nil, err
	}
	found, err := pages.(linkedPage).extract()
	return withIDs(found), err
}

func listServers(client *gophercloud.ServiceClient, _ string) (interface{}, error) {
	pages, err := servers.List(client, servers.ListOpts{AllTenants: true}).AllPages()
	if err != nil {
		return nil, err
	}
	return servers.ExtractServers(pages)
}

func listServices(client *gophercloud.ServiceClient, _ string) (interface{}, error) {
	pages, err := services.List(client, services.ListOpts{}).AllPages()
	if err != nil {
		return nil, err
	}
	return services.ExtractServices(pages)
}

func listAggregates(client *gophercloud.ServiceClient, _ string) (interface{}, error) {
	pages, err := aggregates.List(client).AllPages()
	if err != nil {
		return nil, err
	}
	return aggregates.ExtractAggregates(pages)
}

func listZones(client *gophercloud.ServiceClient, _ string) (interface{}, error) {
	pages, err := availabilityzones.List(client).AllPages()
	if err != nil {
		return nil, err
	}
	return availabilityzones.ExtractAvailabilityZones(pages)
}

func listFlavors(client *gophercloud.ServiceClient, _ string) (interface{}, error) {
	pages, err := flavors.ListDetail(client, flavors.ListOpts{AccessType: "None"}).AllPages()
	if err != nil {
		return nil, err
	}
	return flavors.ExtractFlavors(pages)
}

func listUsage(client *gophercloud.ServiceClient, _ string) (interface{}, error) {
	pages, err := usage.AllTenants(client, usage.AllTenantsOpts{Detailed: true}).AllPages()
	if err != nil {
		return nil, err
	}
	return usage.ExtractAllTenants(pages)
}
