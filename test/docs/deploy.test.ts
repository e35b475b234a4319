/** The files of deploy/: what can be known of them without systemd, Docker and Kubernetes. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { DEFAULT_CONFIGURATION } from "../../src/config/default-values.ts";
import { loadConfiguration } from "../../src/config/load-configuration.ts";
import { ROOT } from "../support/markdown.ts";

const DEPLOY = join(ROOT, "deploy");
const SYSTEMD_ANALYZE = "/usr/bin/systemd-analyze";
/** Time that a stop may take: transactions, then `onTerminated`, which is waited for 10 seconds. */
const STOP_SECONDS = DEFAULT_CONFIGURATION.core.shutdownTimeout + 10;

function read(name: string): string {
  return readFileSync(join(DEPLOY, name), "utf8");
}

function withoutComments(text: string): string[] {
  return text.split("\n").filter((line) => line.trim() !== "" && !line.trimStart().startsWith("#"));
}

/** Docker joins lines that end in a backslash. */
function instructions(text: string): string[] {
  return withoutComments(text)
    .join("\n")
    .replace(/\s*\\\n\s*/g, " ")
    .split("\n");
}

describe("deploy/oversip.service", () => {
  const settings: ReadonlyMap<string, string> = new Map(
    withoutComments(read("oversip.service"))
      .filter((line) => !line.startsWith("["))
      .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );

  it("waits for READY=1, which systemd-notify sends as a process of its own", () => {
    assert.equal(settings.get("Type"), "notify");
    assert.equal(settings.get("NotifyAccess"), "all");
  });

  it("reload sends HUP, after start has checked the configuration", () => {
    assert.equal(settings.get("ExecReload"), "/bin/kill -HUP $MAINPID");
    assert.match(settings.get("ExecStartPre") ?? "", /oversip check /);
  });

  it("gives a stop the time that it may take", () => {
    assert.ok(Number(settings.get("TimeoutStopSec")) > STOP_SECONDS);
    assert.equal(settings.get("KillMode"), "mixed");
  });

  it("has descriptors for its connections, a user of its own, and no more rights than to bind a port", () => {
    const { maxConnections } = DEFAULT_CONFIGURATION.sip;

    assert.ok(Number(settings.get("LimitNOFILE")) > maxConnections * 2);
    assert.equal(settings.get("User"), "oversip");
    assert.equal(settings.get("CapabilityBoundingSet"), "CAP_NET_BIND_SERVICE");
    assert.equal(settings.get("NoNewPrivileges"), "yes");
    assert.equal(settings.get("ProtectSystem"), "strict");
    assert.equal(settings.get("MemoryDenyWriteExecute"), "no", "JavaScript is compiled while it runs");
  });

  it("what the guide does before leaves every file, keys too, to the group of the service and to nobody else", () => {
    const directory = mkdtempSync(join(tmpdir(), "installed-"));
    const lines = readFileSync(join(ROOT, "docs/guides/production.md"), "utf8")
      .split("\n")
      .filter((line) => /^(?:oversip init|chmod) .*\/etc\/oversip$/.test(line))
      .map((line) => line.replace("/etc/oversip", directory).replace("oversip init", '"$0" "$1" init'));

    assert.equal(lines.length, 2);

    const { status, stderr } = spawnSync(
      "bash",
      ["-ec", lines.join("\n"), process.execPath, join(ROOT, "bin/oversip.js")],
      { encoding: "utf8" },
    );

    assert.equal(status, 0, stderr);

    for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
      const { mode } = statSync(join(entry.parentPath, entry.name));
      const forGroup = entry.isDirectory() ? 0o050 : 0o040;

      assert.equal(mode & (forGroup | 0o007), forGroup, entry.name);
    }

    rmSync(directory, { recursive: true });
  });

  it("systemd, where it is, finds no fault in it, and little that the service is exposed to", () => {
    if (!existsSync(SYSTEMD_ANALYZE)) {
      return;
    }

    const directory = mkdtempSync(join(tmpdir(), "unit-"));
    const unit = join(directory, "oversip.service");

    // The command is not installed here.
    writeFileSync(unit, read("oversip.service").replaceAll("/usr/bin/oversip", "/bin/true"));

    const { status, stderr } = spawnSync(SYSTEMD_ANALYZE, ["verify", "--man=no", unit], { encoding: "utf8" });

    assert.equal(status, 0, stderr);
    assert.equal(stderr.includes("oversip.service:"), false, stderr);

    const security = spawnSync(SYSTEMD_ANALYZE, ["security", "--offline=true", "--threshold=30", unit], {
      encoding: "utf8",
    });

    rmSync(directory, { recursive: true });
    assert.equal(security.status, 0, security.stdout.split("\n").at(-2) ?? "");
  });
});

describe("deploy/Dockerfile", () => {
  const lines = instructions(read("Dockerfile"));
  const lastStage = lines.slice(lines.findLastIndex((line) => line.startsWith("FROM ")));

  it("has a stage that builds and one that runs, each of a fixed line of Node.js 24 or later", () => {
    const bases = lines.filter((line) => line.startsWith("FROM "));

    assert.equal(bases.length, 2);

    for (const base of bases) {
      assert.ok(Number(/^FROM node:(\d+)-/.exec(base)?.[1]) >= 24, base);
    }
  });

  it("every file that is copied is in the repository, and what must not be in an image is left out", () => {
    const sources = lines
      .filter((line) => line.startsWith("COPY ") && !line.includes("--from="))
      .flatMap((line) => line.split(" ").slice(1, -1));
    const ignored = readFileSync(join(ROOT, ".dockerignore"), "utf8").split("\n");

    assert.deepEqual(
      sources.filter((path) => !existsSync(join(ROOT, path))),
      [],
    );
    assert.ok(ignored.includes(".git"));
    assert.ok(ignored.includes("node_modules"));
    assert.ok(ignored.includes("**/tls/*.key"));
  });

  it("runs as a user without rights, without a shell before it, and ends by TERM", () => {
    const user = lastStage.findIndex((line) => line.startsWith("USER "));
    const entry = lastStage.findIndex((line) => line.startsWith("ENTRYPOINT "));

    assert.equal(lastStage[user], "USER oversip");
    assert.ok(user < entry);
    assert.equal(lastStage[entry], 'ENTRYPOINT ["oversip"]');
    assert.ok(lastStage.includes("STOPSIGNAL SIGTERM"));
  });

  it("the health check asks /healthz where it is told to, and nobody otherwise", async () => {
    const check = lastStage.find((line) => line.startsWith("HEALTHCHECK ")) ?? "";
    const [node, ...words] = JSON.parse(check.slice(check.indexOf("["))) as string[];
    const paths: (string | undefined)[] = [];
    const admin = createServer((request, response) => {
      paths.push(request.url);
      response.statusCode = paths.length === 1 ? 200 : 503;
      response.end();
    }).listen(0, "127.0.0.1");

    await once(admin, "listening");

    const { port } = admin.address() as AddressInfo;
    const statusWith = async (environment: NodeJS.ProcessEnv): Promise<unknown> => {
      const child = spawn(process.execPath, words, {
        env: { ...process.env, ...environment },
        stdio: "ignore",
      });

      return (await once(child, "close"))[0];
    };

    assert.equal(node, "node");
    assert.equal(await statusWith({ ADMIN_URL: `http://127.0.0.1:${port}` }), 0);
    assert.equal(await statusWith({ ADMIN_URL: `http://127.0.0.1:${port}` }), 1);
    assert.deepEqual(paths, ["/healthz", "/healthz"]);
    assert.equal(await statusWith({}), 0);

    admin.close();
    await once(admin, "close");
    assert.equal(await statusWith({ ADMIN_URL: `http://127.0.0.1:${port}` }), 1);
  });

  it("the shell commands are ones that a shell can read", () => {
    for (const line of lines.filter((text) => text.startsWith("RUN "))) {
      assert.equal(spawnSync("bash", ["-n"], { input: line.slice(4) }).status, 0, line);
    }
  });
});

describe("deploy/kubernetes.yaml", () => {
  const text = read("kubernetes.yaml");
  const { spec } = (parse(text) as { spec: { template: { spec: PodSpec } } }).spec.template;
  const [container] = spec.containers;

  interface Probe {
    readonly httpGet: { readonly path: string; readonly port: string };
  }
  interface PodSpec {
    readonly hostNetwork: boolean;
    readonly terminationGracePeriodSeconds: number;
    readonly securityContext: { readonly runAsNonRoot: boolean; readonly runAsUser: number };
    readonly containers: readonly {
      readonly args: readonly string[];
      readonly ports: readonly { name: string; containerPort: number; hostPort: number; protocol: string }[];
      readonly startupProbe: Probe;
      readonly readinessProbe: Probe;
      readonly livenessProbe: Probe;
    }[];
  }

  it("is on the node's network, with SIP over UDP, and runs as the user of the image", () => {
    assert.equal(spec.hostNetwork, true);
    assert.ok(
      container?.ports.some(({ containerPort, protocol }) => containerPort === 5060 && protocol === "UDP"),
    );
    assert.ok(container?.ports.every(({ containerPort, hostPort }) => containerPort === hostPort));
    assert.equal(spec.securityContext.runAsNonRoot, true);
    assert.ok(read("Dockerfile").includes(`--uid ${spec.securityContext.runAsUser} `));
  });

  it("the probes are those of the admin listener, ready and alive not mixed up", () => {
    const admin = container?.ports.find(({ name }) => name === "admin")?.containerPort;

    assert.equal(admin, 9090);
    assert.deepEqual(container?.startupProbe.httpGet, { path: "/readyz", port: "admin" });
    assert.deepEqual(container?.readinessProbe.httpGet, { path: "/readyz", port: "admin" });
    assert.deepEqual(container?.livenessProbe.httpGet, { path: "/healthz", port: "admin" });
  });

  it("gives a stop the time that it may take", () => {
    assert.ok(spec.terminationGracePeriodSeconds > STOP_SECONDS);
  });

  it("the configuration that its comment asks for loads", () => {
    const directory = mkdtempSync(join(tmpdir(), "kubernetes-"));
    const lines = text.split("\n").filter((line) => /^# {5}(?:admin:| {2})/.test(line));

    assert.ok(lines.length >= 3);
    writeFileSync(join(directory, "oversip.conf"), lines.map((line) => line.slice(6)).join("\n"));

    const { configuration } = loadConfiguration(directory, "oversip.conf");

    rmSync(directory, { recursive: true });
    assert.equal(configuration.admin.listen, "0.0.0.0:9090");
    assert.equal(typeof configuration.admin.token, "string");
  });
});

describe("deploy/60-oversip.conf", () => {
  it("each line sets a key of the kernel to numbers, and the client ports hold no listening one", () => {
    const values = new Map(
      withoutComments(read("60-oversip.conf")).map((line) => line.split(" = ") as [string, string]),
    );

    for (const [key, value] of values) {
      assert.match(key, /^net\.[a-z0-9_.-]+$/);
      assert.match(value, /^\d+(?: \d+)?$/, key);
    }

    const [first = 0] = (values.get("net.ipv4.ip_local_port_range") ?? "").split(" ").map(Number);
    const { sip, websocket } = DEFAULT_CONFIGURATION;

    for (const port of [sip.listenPort, 5061, websocket.listenPort, 10081, 10443]) {
      assert.ok((port ?? 0) < first, String(port));
    }
  });
});
