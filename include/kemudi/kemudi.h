/* kemudi.h - the public C API in one include. See ARCHITECTURE.md for the map. */
#ifndef KEMUDI_KEMUDI_H
#define KEMUDI_KEMUDI_H

#include "kemudi/analysis.h"
#include "kemudi/arena.h"
#include "kemudi/error.h"
#include "kemudi/frame.h"
#include "kemudi/pool.h"
#include "kemudi/rng.h"
#include "kemudi/status.h"

#define KEMUDI_VERSION "0.1.0"

#endif
