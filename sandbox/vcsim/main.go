// SPDX-License-Identifier: Apache-2.0

// A vCenter that runs nothing: govmomi's simulator with what Nova's VMware driver needs of it.
package main

import (
	"crypto/tls"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// How long ago the virtual machines that there are at the beginning were started.
const age = 90 * time.Minute

// searchIndex finds virtual machines as Nova asks for them.
type searchIndex struct{ *simulator.SearchIndex }

func (s *searchIndex) FindAllByUuid(req *types.FindAllByUuid) soap.HasFault {
	found := new(types.FindAllByUuidResponse)
	for _, entity := range simulator.Map.All("VirtualMachine") {
		config := entity.(*simulator.VirtualMachine).Config
		uuid := config.Uuid
		if req.InstanceUuid != nil && *req.InstanceUuid {
			uuid = config.InstanceUuid
		}
		if uuid == req.Uuid {
			found.Returnval = append(found.Returnval, entity.Reference())
		}
	}
	return &methods.FindAllByUuidBody{Res: found}
}

// datastoreBrowser finds files for those who want no details of them; the simulator's cannot.
type datastoreBrowser struct {
	*simulator.HostDatastoreBrowser
}

func (b *datastoreBrowser) SearchDatastoreTask(req *types.SearchDatastore_Task) soap.HasFault {
	if req.SearchSpec == nil {
		req.SearchSpec = new(types.HostDatastoreBrowserSearchSpec)
	}
	if req.SearchSpec.Details == nil {
		req.SearchSpec.Details = new(types.FileQueryFlags)
	}
	return b.HostDatastoreBrowser.SearchDatastoreTask(req)
}

// extensionManager knows Nova's extension already.
type extensionManager struct{ mo.ExtensionManager }

func (m *extensionManager) FindExtension(req *types.FindExtension) soap.HasFault {
	found := new(types.FindExtensionResponse)
	for i := range m.ExtensionList {
		if m.ExtensionList[i].Key == req.ExtensionKey {
			found.Returnval = &m.ExtensionList[i]
		}
	}
	return &methods.FindExtensionBody{Res: found}
}

// fill gives what the simulator leaves empty, of which Nova does not do without some. Images are
// sent to the ESXi host, by its name, which is this program's address therefore.
func fill(address string) {
	for _, entity := range simulator.Map.All("HostSystem") {
		host := entity.(*simulator.HostSystem)
		host.Name, host.Summary.Config.Name = address, address
	}
	booted := time.Now().Add(-age)
	for _, entity := range simulator.Map.All("VirtualMachine") {
		vm := entity.(*simulator.VirtualMachine)
		vm.Summary.Runtime.BootTime = &booted
		vm.Config.ExtraConfig = append(vm.Config.ExtraConfig, &types.OptionValue{
			Key: "nvp.vm-uuid", Value: vm.Config.InstanceUuid})
	}
	for _, entity := range simulator.Map.All("Datastore") {
		datastore := entity.(*simulator.Datastore)
		browser := simulator.Map.Get(datastore.Browser).(*simulator.HostDatastoreBrowser)
		simulator.Map.Put(&datastoreBrowser{browser})
		summary := &datastore.Summary
		summary.Type, summary.MaintenanceMode = "VMFS", "normal"
		summary.Capacity, summary.FreeSpace = 500<<30, 400<<30
	}
}

func main() {
	model := simulator.VPX()
	model.Host, model.ClusterHost = 0, 1
	flag.IntVar(&model.Machine, "machines", 0, "virtual machines of the cluster")
	listen := flag.String("listen", "127.0.0.1:0", "address and port")
	wsdl := flag.String("wsdl", "", "file that is served as /sdk/vimService.wsdl")
	flag.Parse()
	performance.Store("")
	if err := model.Create(); err != nil {
		log.Fatal(err)
	}
	model.Service.Listen = &url.URL{Scheme: "https", Host: *listen, Path: "/sdk"}
	model.Service.TLS = new(tls.Config)
	content := model.ServiceContent
	index := simulator.Map.Get(*content.SearchIndex).(*simulator.SearchIndex)
	simulator.Map.Put(&searchIndex{index})
	manager := simulator.Map.Get(*content.PerfManager).(*simulator.PerformanceManager)
	simulator.Map.Put(&performanceManager{*manager})
	extensions := &extensionManager{mo.ExtensionManager{Self: *content.ExtensionManager}}
	extensions.ExtensionList = []types.Extension{{
		Key: "org.openstack.compute", Version: "1.0", LastHeartbeatTime: time.Now(),
		Description: &types.Description{Label: "OpenStack", Summary: "OpenStack"}}}
	simulator.Map.Put(extensions)
	address, _, err := net.SplitHostPort(*listen)
	if err != nil {
		log.Fatal(err)
	}
	fill(address)
	measure()
	go func() {
		for range time.Tick(time.Second) {
			measure()
		}
	}()
	model.Service.HandleFunc("/control", control)
	// An ESXi host has one datacenter, of this name, where vCenter has its own ones.
	model.Service.HandleFunc(address+"/folder/", func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		if query.Get("dcPath") == "ha-datacenter" {
			query.Set("dcPath", "DC0")
		}
		r.URL.RawQuery = query.Encode()
		model.Service.ServeDatastore(w, r)
	})
	model.Service.HandleFunc("/sdk/vimService.wsdl", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/xml")
		http.ServeFile(w, r, *wsdl)
	})
	server := model.Service.NewServer()
	fmt.Println(server.URL.Host)
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGINT, syscall.SIGTERM)
	<-ended
	server.Close()
	model.Remove()
}
