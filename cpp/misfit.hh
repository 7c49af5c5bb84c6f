/* Whether the evaluator that has loaded the plugin is the one that it was built for. */
#pragma once

#include <string>

namespace system_installer {

/* Why the plugin can do nothing in this process, as a part of a sentence; empty where it can. */
std::string misfit();

}
