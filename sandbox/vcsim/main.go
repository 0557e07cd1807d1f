// SPDX-License-Identifier: Apache-2.0

// A vCenter that runs nothing: govmomi's simulator with what Nova's VMware driver needs of it.
package main

import (
	"crypto/tls"
	"flag"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// What a virtual machine reports until it is told otherwise.
const (
	uptimeSeconds    = 5400
	guestMemoryUsage = 11
)

// How often the performance manager was asked, and what it does then.
var queries int64
var performance atomic.Value

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

// performanceManager has a figure of its own for each part of a virtual machine, the same at all
// times; the simulator's are random.
type performanceManager struct{ simulator.PerformanceManager }

func (m *performanceManager) QueryPerf(ctx *simulator.Context, req *types.QueryPerf) soap.HasFault {
	atomic.AddInt64(&queries, 1)
	if performance.Load() == "refuse" {
		return &methods.QueryPerfBody{Fault_: simulator.Fault(
			"the performance service is not available", new(types.RuntimeFault))}
	}
	answer := m.PerformanceManager.QueryPerf(ctx, req)
	for _, entity := range answer.(*methods.QueryPerfBody).Res.Returnval {
		for _, one := range entity.(*types.PerfEntityMetric).Value {
			series := one.(*types.PerfMetricIntSeries)
			switch performance.Load() {
			case "none":
				series.Value = nil
			case "untaken":
				series.Value = []int64{-1}
			default:
				series.Value = []int64{m.figure(series.Id)}
			}
		}
	}
	return answer
}

func (m *performanceManager) figure(id types.PerfMetricId) int64 {
	instance, _ := strconv.ParseInt(id.Instance, 10, 64)
	for _, counter := range m.PerfCounter {
		if counter.Key != id.CounterId {
			continue
		}
		switch counter.GroupInfo.GetElementDescription().Key + "." +
			counter.NameInfo.GetElementDescription().Key {
		case "cpu.used": // ms in 20 s: the second vCPU runs faster than its rated clock
			return 3450 + 17000*instance
		case "net.bytesRx": // KiB/s
			return 200 + instance%1000
		case "net.bytesTx":
			return 300 + instance%1000
		}
	}
	return 0
}

// fill gives what the simulator leaves empty, of which Nova does not do without some.
func fill() {
	booted := time.Now().Add(-uptimeSeconds * time.Second)
	for _, entity := range simulator.Map.All("VirtualMachine") {
		vm := entity.(*simulator.VirtualMachine)
		vm.Summary.QuickStats.UptimeSeconds = uptimeSeconds
		vm.Summary.QuickStats.GuestMemoryUsage = guestMemoryUsage
		vm.Runtime.BootTime = &booted
		vm.Summary.Runtime = vm.Runtime
		vm.Config.ExtraConfig = append(vm.Config.ExtraConfig, &types.OptionValue{
			Key: "nvp.vm-uuid", Value: vm.Config.InstanceUuid})
	}
	for _, entity := range simulator.Map.All("Datastore") {
		summary := &entity.(*simulator.Datastore).Summary
		summary.Type, summary.MaintenanceMode = "VMFS", "normal"
		summary.Capacity, summary.FreeSpace = 500<<30, 400<<30
	}
}

// control lets a test say what goes wrong, and count what is asked.
func control(w http.ResponseWriter, r *http.Request) {
	if mode := r.URL.Query().Get("performance"); mode != "" {
		performance.Store(mode)
	}
	fmt.Fprintf(w, `{"queries": %d}`, atomic.LoadInt64(&queries))
}

func main() {
	model := simulator.VPX()
	flag.IntVar(&model.Machine, "machines", 3, "virtual machines of the cluster")
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
	fill()
	model.Service.HandleFunc("/control", control)
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
