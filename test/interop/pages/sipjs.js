/** A phone of SIP.js, as `window.phone`; what happens to it is told to the test by `window.report`. */
import { SessionState, UserAgent, Web } from "sip.js";

const report = (type, detail = "") => window.report({ type, detail: String(detail) });
let manager;
let session;

function follow(newSession) {
  session = newSession;
  newSession.stateChange.addListener((state) => {
    if (state === SessionState.Establishing) {
      report("progress");
    }
  });

  // The connection is made some time after the session.
  const timer = setInterval(() => {
    const connection = newSession.sessionDescriptionHandler?.peerConnection;

    if (connection) {
      clearInterval(timer);
      report("media", connection.connectionState);
      connection.addEventListener("connectionstatechange", () => report("media", connection.connectionState));
    }
  }, 20);
}

window.phone = {
  async start({ server, user, password, domain, instanceId }) {
    manager = new Web.SessionManager(server, {
      aor: `sip:${user}@${domain}`,
      media: {
        constraints: { audio: true, video: false },
        remote: { audio: document.createElement("audio") },
      },
      reconnectionAttempts: 20,
      reconnectionDelay: 1,
      registrationRetry: true,
      registererOptions: { instanceId, regId: 1, expires: 120 },
      userAgentOptions: {
        authorizationUsername: user,
        authorizationPassword: password,
        instanceId,
        contactParams: { transport: "ws" },
        contactName: user,
        logLevel: "warn",
        sessionDescriptionHandlerFactoryOptions: { peerConnectionConfiguration: { iceServers: [] } },
        uri: UserAgent.makeURI(`sip:${user}@${domain}`),
      },
      delegate: {
        onServerConnect: () => report("connected"),
        onServerDisconnect: () => report("disconnected"),
        onRegistered: () => report("registered"),
        onUnregistered: () => report("unregistered"),
        onCallCreated: follow,
        onCallReceived: (received) => report("incoming", received.remoteIdentity.uri.user),
        onCallAnswered: () => report("established"),
        onCallHangup: () => report("ended"),
      },
    });
    await manager.connect();
    await manager.register();
  },
  async call(target) {
    await manager.call(target);
  },
  async accept() {
    await manager.answer(session);
  },
  async hangUp() {
    // The other side may have been first.
    if (session.state !== SessionState.Terminated) {
      await manager.hangup(session);
    }
  },
  async stop() {
    await manager.disconnect();
  },
  connection: () => session?.sessionDescriptionHandler?.peerConnection,
};
