package redistest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	clusterNodes   = 3
	clusterSlots   = 16384
	clusterTimeout = 60 * time.Second
	clusterLook    = 50 * time.Millisecond // how often the nodes are asked whether they agree
)

// Cluster is a Redis Cluster of three masters without replicas.
type Cluster struct {
	Nodes []*Server
}

// URL is the cluster's address as redisstore.Options wants it.
func (c *Cluster) URL() string {
	addrs := make([]string, len(c.Nodes))
	for i, node := range c.Nodes {
		addrs[i] = node.Addr
	}
	return "redis://" + strings.Join(addrs, ",")
}

// StartCluster starts a cluster that ends with the test, and waits until all nodes agree that it works.
func StartCluster(t testing.TB, options ...Option) *Cluster {
	t.Helper()
	c, err := NewCluster(t.TempDir(), options...)
	if err != nil {
		t.Fatalf("redistest: %v", err)
	}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Errorf("redistest: %v", err)
		}
	})
	return c
}

// NewCluster starts a cluster with its files in dir. The caller stops it.
func NewCluster(dir string, options ...Option) (*Cluster, error) {
	c := &Cluster{}
	if err := c.form(dir, options); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	return c, nil
}

// Stop ends all nodes.
func (c *Cluster) Stop() error {
	var errs []error
	for _, node := range c.Nodes {
		errs = append(errs, node.Stop())
	}
	return errors.Join(errs...)
}

func (c *Cluster) form(dir string, options []Option) error {
	ctx, cancel := context.WithTimeout(context.Background(), clusterTimeout)
	defer cancel()
	buses := make([]int, clusterNodes)
	clients := make([]*redis.Client, clusterNodes)
	for i := range clusterNodes {
		bus, err := freeAddr()
		if err != nil {
			return err
		}
		buses[i] = portOf(bus)
		home := filepath.Join(dir, strconv.Itoa(i))
		if err := os.Mkdir(home, 0o700); err != nil {
			return err
		}
		node, err := New(home, slices.Concat(options, []Option{
			Config("cluster-enabled", "yes"), Config("cluster-port", strconv.Itoa(buses[i])),
			Config("cluster-node-timeout", "5000"),
		})...)
		if err != nil {
			return err
		}
		c.Nodes = append(c.Nodes, node)
		clients[i] = redis.NewClient(&redis.Options{Addr: node.Addr, ContextTimeoutEnabled: true, DisableIdentity: true})
		defer func() { _ = clients[i].Close() }()
	}
	for i, client := range clients {
		if err := client.Do(ctx, "cluster", "set-config-epoch", i+1).Err(); err != nil {
			return fmt.Errorf("node %d: %w", i, err)
		}
		first, last := i*clusterSlots/clusterNodes, (i+1)*clusterSlots/clusterNodes-1
		if err := client.Do(ctx, "cluster", "addslotsrange", first, last).Err(); err != nil {
			return fmt.Errorf("node %d: slots %d to %d: %w", i, first, last, err)
		}
		if i > 0 {
			if err := clients[0].Do(ctx, "cluster", "meet", "127.0.0.1", portOf(c.Nodes[i].Addr), buses[i]).Err(); err != nil {
				return fmt.Errorf("node 0 meets node %d: %w", i, err)
			}
		}
	}
	return agree(ctx, clients)
}

// agree waits until every node knows all nodes and all slots. The nodes gossip; nobody announces the moment.
func agree(ctx context.Context, clients []*redis.Client) error {
	look := time.NewTicker(clusterLook)
	defer look.Stop()
	for {
		agreed := 0
		for _, client := range clients {
			info, err := client.ClusterInfo(ctx).Result()
			if err != nil {
				return fmt.Errorf("cluster info: %w", err)
			}
			if strings.Contains(info, "cluster_state:ok") &&
				strings.Contains(info, fmt.Sprintf("cluster_known_nodes:%d", clusterNodes)) {
				agreed++
			}
		}
		if agreed == len(clients) {
			return nil
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return fmt.Errorf("the cluster did not form: %d of %d nodes are content", agreed, len(clients))
		}
	}
}
