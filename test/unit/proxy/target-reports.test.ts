import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TransportError } from "../../../src/errors/errors.ts";
import { TargetReports } from "../../../src/proxy/target-reports.ts";
import { TargetBlacklist } from "../../../src/resolver/target-blacklist.ts";
import type { Target } from "../../../src/transport/target.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { PROFILE } from "../resolver/resolver-fixture.ts";

const TARGET: Target = { transport: "tcp", ip: "198.51.100.7", ipType: "ipv4", port: 5060 };

describe("RFC 3263 §4.3 a target that failed", () => {
  it("is skipped by all profiles, for the blacklist_time of the one whose request failed", () => {
    const clock = new FakeClock();
    const blacklist = new TargetBlacklist({ clock });
    const patient = new TargetReports(blacklist, { ...PROFILE, blacklistTime: 5 });
    const strict = new TargetReports(blacklist, { ...PROFILE, blacklistTime: 60 });
    const error = new TransportError("no connection", "connection");

    patient.failed(TARGET, error);
    clock.advance(4_999);
    assert.equal(blacklist.find(TARGET)?.code, "connection_error");
    clock.advance(1);
    assert.equal(blacklist.find(TARGET), undefined);

    strict.failed(TARGET, error);
    clock.advance(59_999);
    assert.equal(blacklist.find(TARGET)?.code, "connection_error");
    clock.advance(1);
    assert.equal(blacklist.find(TARGET), undefined);
  });

  it("is not listed by a profile that does not use the list", () => {
    const blacklist = new TargetBlacklist({ clock: new FakeClock() });
    const reports = new TargetReports(blacklist, { ...PROFILE, useBlacklist: false });

    reports.failed(TARGET, new TransportError("no connection", "connection"));
    assert.equal(blacklist.find(TARGET), undefined);
  });
});
