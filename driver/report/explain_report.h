// What `bulkhead explain "A -> B.e.m(args)"` prints.
#pragma once

#include <string>

#include "driver/pipeline/explain_request.h"
#include "driver/pipeline/load.h"

namespace bh {

std::string print_answer(const LoadedPolicy& policy, const RequestQuestion& question,
                         const RequestAnswer& answer);
std::string answer_json(const LoadedPolicy& policy, const RequestQuestion& question,
                        const RequestAnswer& answer);

}  // namespace bh
