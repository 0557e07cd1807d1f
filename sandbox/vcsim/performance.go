// SPDX-License-Identifier: Apache-2.0

// What is measured of virtual machines that run nothing: the same at all times.
package main

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// How often the performance manager was asked, and what it does then.
var queries int64
var performance atomic.Value

// performanceManager has a figure of its own for each part of a virtual machine, the same at all
// times; the simulator's are random.
type performanceManager struct{ simulator.PerformanceManager }

func (m *performanceManager) QueryPerf(ctx *simulator.Context, req *types.QueryPerf) soap.HasFault {
	atomic.AddInt64(&queries, 1)
	for performance.Load() == "hang" {
		time.Sleep(100 * time.Millisecond)
	}
	if performance.Load() == "refuse" {
		return &methods.QueryPerfBody{Fault_: simulator.Fault(
			"the performance service is not available", new(types.RuntimeFault))}
	}
	answer := m.PerformanceManager.QueryPerf(ctx, req)
	for _, entity := range answer.(*methods.QueryPerfBody).Res.Returnval {
		metric := entity.(*types.PerfEntityMetric)
		_, number, _ := strings.Cut(metric.Entity.Value, "-")
		machine, _ := strconv.ParseInt(number, 10, 64)
		for _, one := range metric.Value {
			series := one.(*types.PerfMetricIntSeries)
			switch performance.Load() {
			case "none":
				series.Value = nil
			case "untaken":
				series.Value = []int64{-1}
			default:
				series.Value = []int64{m.figure(machine, series.Id)}
			}
		}
	}
	return answer
}

func (m *performanceManager) figure(machine int64, id types.PerfMetricId) int64 {
	instance, _ := strconv.ParseInt(id.Instance, 10, 64)
	for _, counter := range m.PerfCounter {
		if counter.Key != id.CounterId {
			continue
		}
		switch counter.GroupInfo.GetElementDescription().Key + "." +
			counter.NameInfo.GetElementDescription().Key {
		case "cpu.used": // ms in 20 s: the second vCPU runs faster than its rated clock
			return 3450 + 200*(machine%10) + 17000*instance
		case "net.bytesRx": // KiB/s
			return 200 + machine + instance%1000
		case "net.bytesTx":
			return 300 + machine + instance%1000
		}
	}
	return 0
}

// measure does what ESXi does for each virtual machine that runs; of one that ended, the last
// figures stay.
func measure() {
	for _, entity := range simulator.Map.All("VirtualMachine") {
		vm := entity.(*simulator.VirtualMachine)
		simulator.Map.WithLock(vm, func() {
			booted := vm.Summary.Runtime.BootTime
			if vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn || booted == nil {
				return
			}
			statistics := &vm.Summary.QuickStats
			statistics.UptimeSeconds = int32(time.Since(*booted).Seconds())
			statistics.GuestMemoryUsage = vm.Summary.Config.MemorySizeMB / 3
		})
	}
}

// control lets a test say what goes wrong, and count what is asked.
func control(w http.ResponseWriter, r *http.Request) {
	if mode := r.URL.Query().Get("performance"); mode != "" {
		performance.Store(mode)
	}
	fmt.Fprintf(w, `{"queries": %d}`, atomic.LoadInt64(&queries))
}
