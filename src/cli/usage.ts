/** What `oversip --help` prints. */

export const USAGE = `Usage: oversip [run] [options]     run the server in the foreground (the default command)
       oversip check [options]   validate the configuration, load server.ts, start nothing
       oversip init DIR          write a commented starter configuration into DIR
`;

export const HELP = `${USAGE}
Options:
      --config-dir DIR      directory of the configuration and of server.ts (default /etc/oversip)
      --config-file FILE    main configuration file, inside of the configuration directory
                            (default oversip.conf)
  -P, --pid FILE            write the process id to FILE; refuses to start when FILE names a
                            running process, replaces it when it is stale
  -p, --process-name NAME   name of the process in process lists and in syslog (default oversip)
  -u, --user USER           give up root's rights for those of USER once the sockets are bound
  -g, --group GROUP         the same for GROUP (default: the main group of USER)
      --no-color            no colours in what is printed (NO_COLOR does the same)
  -v, --version             print the version
  -h, --help                print this help

Signals:
  TERM, QUIT, INT           stop: transactions under way are given core.shutdown_timeout seconds
                            to end; a second one ends the server at once
  HUP                       reload proxies.conf, server.ts, certificates and keys
  USR1                      call systemEvents.onUserReload

Exit status: 0 when the server was stopped, or what process.exit() of user code asked for; 1 after an
error; 2 for a command line that is wrong.
`;
