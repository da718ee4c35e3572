/*
 * cli: the commands. It alone prints, and turns failures into exit codes.
 */
#ifndef WRAP_CLI_H
#define WRAP_CLI_H

/* Run the command in argv and return the exit code for it (sysexits, see wrap.1). */
int cli_main(int argc, char **argv);

#endif
