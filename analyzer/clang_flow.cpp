// The control flow of a function, as far as assumptions can decide it.
#include <clang/AST/StmtCXX.h>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "analyzer/clang_body.h"
#include "analyzer/extract.h"

namespace bh {
namespace {

using namespace clang;

std::string operator_token(BinaryOperatorKind kind) {
  if (kind == BO_LAnd) return "&";
  if (kind == BO_LOr) return "|";
  if (kind == BO_EQ || kind == BO_NE || BinaryOperator::isRelationalOp(kind))
    return BinaryOperator::getOpcodeStr(kind).str();
  return "";
}

std::string without_spaces(std::string text) {
  std::replace(text.begin(), text.end(), ' ', '_');
  return text;
}

// The condition that decides a two-way branch. For the last operand of `a && b` that is b alone:
// the block is reached only where a held.
const Expr* branch_condition(const CFGBlock& block) {
  if (block.succ_size() != 2 || !block.getTerminator().isStmtBranch()) return nullptr;
  const Stmt* terminator = block.getTerminatorStmt();
  if (!terminator ||
      isa<SwitchStmt, CXXTryStmt, IndirectGotoStmt, GCCAsmStmt, CXXForRangeStmt>(terminator))
    return nullptr;
  return block.getLastCondition();
}

// "#7", "#1..#4" or "default".
std::string switch_label(const CFGBlock* to, const ASTContext& context) {
  const auto* label = to ? dyn_cast_or_null<CaseStmt>(to->getLabel()) : nullptr;
  if (!label) return "default";
  auto number = [&](const Expr* e) {
    return fmt::format("#{}", e->EvaluateKnownConstInt(context).getExtValue());
  };
  std::string low = number(label->getLHS());
  return label->getRHS() ? fmt::format("{}..{}", low, number(label->getRHS())) : low;
}

}  // namespace

std::string ClangBody::leaf(const Expr* e) {
  Expr::EvalResult result;
  if (!e->isValueDependent() && e->getType()->isIntegralOrEnumerationType() &&
      e->EvaluateAsInt(result, context_) && result.Val.getInt().getSignificantBits() <= 64)
    return fmt::format("#{}", result.Val.getInt().getExtValue());
  if (e->isNullPointerConstant(context_, Expr::NPC_ValueDependentIsNotNull)) return "#0";
  if (const auto* call = dyn_cast<CallExpr>(e)) {
    const FunctionDecl* callee = call->getDirectCallee();
    return callee ? without_spaces("call:" + names_.plain(callee)) : "?";
  }
  if (const auto* assigned = dyn_cast<BinaryOperator>(e);
      assigned && assigned->getOpcode() == BO_Assign)
    return leaf(assigned->getLHS()->IgnoreParenCasts());
  if (isa<ArraySubscriptExpr>(e)) return "?";
  std::optional<std::string> place = slot(e);
  if (!place) return "?";
  const auto* reference = dyn_cast<DeclRefExpr>(e);
  bool local = !place->starts_with("field:") && !place->starts_with("global:");
  if (local && (!reference || escaped_.contains(reference->getDecl()))) return "?";
  return without_spaces(*place) + base(e);
}

// Which object a field belongs to, when a variable tells: "/local:p" of `p->f`. Two tests of the
// same field of the same variable are then known to agree.
std::string ClangBody::base(const Expr* e) {
  const auto* member = dyn_cast<MemberExpr>(e);
  const Expr* object = member ? member->getBase()->IgnoreParenCasts() : nullptr;
  const auto* reference = dyn_cast_or_null<DeclRefExpr>(object);
  std::optional<std::string> place = reference ? slot(reference) : std::nullopt;
  if (!place) return "";
  bool outlives = place->starts_with("global:");
  if (outlives ? member->isArrow() : escaped_.contains(reference->getDecl())) return "";
  return "/" + without_spaces(*place);
}

std::string ClangBody::condition(const Expr* expression) {
  std::string text;
  std::vector<const Expr*> stack = {expression};
  while (!stack.empty()) {
    const Expr* e = stack.back()->IgnoreParenCasts();
    stack.pop_back();
    std::string token = " ";
    const auto* binary = dyn_cast<BinaryOperator>(e);
    const auto* unary = dyn_cast<UnaryOperator>(e);
    if (binary && !operator_token(binary->getOpcode()).empty()) {
      token += operator_token(binary->getOpcode());
      stack.push_back(binary->getRHS());
      stack.push_back(binary->getLHS());
    } else if (unary && unary->getOpcode() == UO_LNot) {
      token += '!';
      stack.push_back(unary->getSubExpr());
    } else {
      token += leaf(e);
    }
    text += token;
    if (text.size() > 2000) return "?";
  }
  return text.substr(1);
}

// The locals, parameters and fields that the block assigns.
std::vector<std::string> ClangBody::kills(const CFGBlock& block) {
  std::vector<std::string> found;
  auto add = [&](std::optional<std::string> to) {
    if (to && !to->starts_with("global:")) found.push_back(without_spaces(*to));
  };
  for (const CFGElement& element : block) {
    std::optional<CFGStmt> s = element.getAs<CFGStmt>();
    if (!s) continue;
    if (const auto* binary = dyn_cast<BinaryOperator>(s->getStmt());
        binary && binary->isAssignmentOp()) {
      add(slot(binary->getLHS()));
    } else if (const auto* unary = dyn_cast<UnaryOperator>(s->getStmt());
               unary && unary->isIncrementDecrementOp()) {
      add(slot(unary->getSubExpr()));
    } else if (const auto* declarations = dyn_cast<DeclStmt>(s->getStmt())) {
      for (const Decl* declaration : declarations->decls())
        if (const auto* variable = dyn_cast<VarDecl>(declaration)) add(variable_slot(variable));
    }
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

FlowBlock ClangBody::flow_block(const CFGBlock& block) {
  FlowBlock out;
  out.id = block.getBlockID();
  for (const CFGBlock::AdjacentBlock& next : block.succs())
    out.next.push_back(next.getReachableBlock() && !block.hasNoReturnElement()
                           ? next.getReachableBlock()->getBlockID()
                           : FlowBlock::Nowhere);
  if (const auto* choice = dyn_cast_or_null<SwitchStmt>(block.getTerminatorStmt())) {
    out.condition = condition(choice->getCond());
    for (const CFGBlock::AdjacentBlock& next : block.succs())
      out.labels.push_back(switch_label(next.getReachableBlock(), context_));
  } else if (const Expr* e = branch_condition(block)) {
    std::string text = condition(e);
    if (text.find(':') != std::string::npos) out.condition = text;
  }
  out.kills = kills(block);
  return out;
}

// Where an exception leads to. It may come at any time, so the entry leads there as well.
static std::vector<uint32_t> handlers_of(const CFG& cfg) {
  std::vector<uint32_t> found;
  for (const CFGBlock* block : cfg)
    if (isa_and_nonnull<CXXTryStmt>(block->getTerminatorStmt()))
      found.push_back(block->getBlockID());
  return found;
}

void ClangBody::make_flow(const CFG& cfg) {
  FlowFact flow;
  flow.entry = cfg.getEntry().getBlockID();
  std::string text;
  for (const CFGBlock* block : cfg) {
    FlowBlock& out = flow.blocks.emplace_back(flow_block(*block));
    if (out.id == flow.entry) std::ranges::copy(handlers_of(cfg), std::back_inserter(out.next));
    text += fmt::format("{} {} ! {} > {} = {};", out.id, out.condition, fmt::join(out.kills, " "),
                        fmt::join(out.next, " "), fmt::join(out.labels, " "));
  }
  flow_id_.clear();
  if (flow.blocks.size() <= 3) return;  // the entry, the exit and one between them
  flow_id_ = flow.id = content_hash(text).substr(0, 16);
  facts_.flows.push_back(std::move(flow));
}

std::string ClangBody::block_name(unsigned id) const {
  return flow_id_.empty() ? "" : flow_id_ + ":" + std::to_string(id);
}

}  // namespace bh
