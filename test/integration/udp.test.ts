import { NodeDatagramSocket } from "../../src/transport/udp-socket.ts";
import { testUdpTransport } from "../support/udp-suite.ts";

testUdpTransport("node:dgram", (options) => new NodeDatagramSocket(options));
