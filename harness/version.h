/**
 * @file version.h
 * The kit's version: here, and nowhere else.
 */
#ifndef VERSION_H
#define VERSION_H

#define SOCKDOJO_VERSION "0.1.0"

#endif
