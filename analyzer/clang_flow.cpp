// The control flow of a function, as far as assumptions can decide it.
#include <clang/AST/StmtCXX.h>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>

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
  if (const auto* binary = dyn_cast<BinaryOperator>(e)) {
    if (binary->getOpcode() == BO_Assign) return leaf(binary->getLHS()->IgnoreParenCasts());
    if (binary->getOpcode() == BO_And) return masked(binary);
  }
  if (isa<ArraySubscriptExpr>(e)) return "?";
  std::optional<std::string> place = slot(e);
  if (!place) return "?";
  const auto* reference = dyn_cast<DeclRefExpr>(e);
  bool local = !place->starts_with("field:") && !place->starts_with("global:");
  if (local && (!reference || escaped_.contains(reference->getDecl()))) return "?";
  return without_spaces(*place) + base(e);
}

// `flags & DEBUG`, either way round, is "bits #4:DEBUG global:flags".
std::string ClangBody::masked(const BinaryOperator* both) {
  std::optional<Atom> constant = bits(both->getRHS());
  const Expr* flags = constant ? both->getLHS() : both->getRHS();
  if (!constant) constant = bits(both->getLHS());
  const std::string of = constant ? leaf(flags->IgnoreParenCasts()) : "?";
  return of == "?" ? of : fmt::format("bits {} {}", print(*constant), of);
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

// `c ? 1 : 0` is c, `c ? 0 : 1` is not c.
std::optional<bool> ClangBody::truth_of_choice(const Expr* e) {
  const auto* choice = dyn_cast<ConditionalOperator>(e);
  if (!choice || choice->isValueDependent()) return std::nullopt;
  const auto is = [&](const Expr* side, int64_t number) {
    Expr::EvalResult result;
    return side->getType()->isIntegralOrEnumerationType() &&
           side->EvaluateAsInt(result, context_) &&
           llvm::APSInt::isSameValue(result.Val.getInt(), llvm::APSInt::get(number));
  };
  if (is(choice->getTrueExpr(), 1) && is(choice->getFalseExpr(), 0)) return true;
  if (is(choice->getTrueExpr(), 0) && is(choice->getFalseExpr(), 1)) return false;
  return std::nullopt;
}

std::string ClangBody::condition(const Expr* expression) {
  std::string text;
  std::vector<const Expr*> stack = {expression};
  while (!stack.empty()) {
    const Expr* e = unwrapped(stack.back());
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
    } else if (std::optional<bool> sign = truth_of_choice(e)) {
      token += *sign ? "! !" : "!";
      stack.push_back(cast<ConditionalOperator>(e)->getCond());
    } else {
      token += leaf(e);
    }
    text += token;
    if (text.size() > 2000) return "?";
  }
  return text.substr(1);
}

// What a local of this type is known by when it is assigned this; "" for what it may not hold
// whole.
std::string ClangBody::kept_value(const Expr* from, QualType type) {
  Expr::EvalResult result;
  if (from->isValueDependent() || !type->isScalarType() || type->isRealFloatingType()) return "";
  if (from->getType()->isIntegralOrEnumerationType() && from->EvaluateAsInt(result, context_))
    return result.Val.getInt().getSignificantBits() <= 64
               ? fmt::format("#{}", result.Val.getInt().getExtValue())
               : "";
  if (from->isNullPointerConstant(context_, Expr::NPC_ValueDependentIsNotNull)) return "#0";
  const Expr* inner = from->IgnoreParenCasts();
  if (const auto* assigned = dyn_cast<BinaryOperator>(inner);
      assigned && assigned->getOpcode() == BO_Assign)
    inner = assigned->getLHS()->IgnoreParenCasts();
  if (!inner->getType()->isScalarType() || inner->getType()->isRealFloatingType()) return "";
  const auto* binary = dyn_cast<BinaryOperator>(inner);
  const auto* unary = dyn_cast<UnaryOperator>(inner);
  const bool truth = (binary && !operator_token(binary->getOpcode()).empty()) ||
                     (unary && unary->getOpcode() == UO_LNot);
  std::string text = condition(inner);
  if (text == "?" || text.size() > 300) return "";
  if (truth) return text;
  if (type->isBooleanType()) return "! ! " + text;
  QualType source = inner->getType();
  const bool numbers = type->isIntegralOrEnumerationType() && source->isIntegralOrEnumerationType();
  if (!numbers) return type->isPointerType() && source->isPointerType() ? text : "";
  for (const Expr* e = from; e != inner;) {  // a narrower type on the way cuts the number off
    if (context_.getIntWidth(e->getType()) < context_.getIntWidth(source)) return "";
    const auto* cast = dyn_cast<CastExpr>(e->IgnoreParens());
    if (!cast) break;
    e = cast->getSubExpr()->IgnoreParens();
    if (!e->getType()->isIntegralOrEnumerationType()) return "";
  }
  return context_.getIntWidth(type) < context_.getIntWidth(source) ? "" : text;
}

// Whether the text has this slot among its words, or a field of the object it is.
static bool asks_for(const std::string& text, const std::string& slot) {
  for (size_t at = text.find(slot); at != std::string::npos; at = text.find(slot, at + 1)) {
    const size_t end = at + slot.size();
    const bool starts = at == 0 || text[at - 1] == ' ' || text[at - 1] == '/';
    if (starts && (end == text.size() || text[end] == ' ' || text[end] == '/')) return true;
  }
  return false;
}

void ClangBody::note_assigned(const Expr* to, const Expr* from, FlowBlock& out) {
  std::optional<std::string> place = slot(to);
  if (!place || place->starts_with("global:")) return;
  const std::string name = without_spaces(*place);
  const auto* reference = dyn_cast<DeclRefExpr>(to->IgnoreParenCasts());
  const bool whole = reference && from && !escaped_.contains(reference->getDecl());
  std::string text = whole ? kept_value(from, reference->getType()) : "";
  note_assigned(name, std::move(text), out);
}

void ClangBody::note_assigned(const std::string& slot, std::string value, FlowBlock& out) {
  out.kills.push_back(slot);
  std::erase_if(out.kept, [&](const KeptValue& kept) {
    return kept.slot == slot || asks_for(kept.value, slot);
  });
  if (!value.empty() && !asks_for(value, slot)) out.kept.push_back({slot, std::move(value)});
}

// The locals, parameters and fields that the block assigns.
void ClangBody::note_assigned(const CFGBlock& block, FlowBlock& out) {
  for (const CFGElement& element : block) {
    std::optional<CFGStmt> s = element.getAs<CFGStmt>();
    if (!s) continue;
    if (const auto* binary = dyn_cast<BinaryOperator>(s->getStmt());
        binary && binary->isAssignmentOp()) {
      note_assigned(binary->getLHS(), binary->getOpcode() == BO_Assign ? binary->getRHS() : nullptr,
                    out);
    } else if (const auto* unary = dyn_cast<UnaryOperator>(s->getStmt());
               unary && unary->isIncrementDecrementOp()) {
      note_assigned(unary->getSubExpr(), nullptr, out);
    } else if (const auto* declarations = dyn_cast<DeclStmt>(s->getStmt())) {
      for (const Decl* declaration : declarations->decls()) {
        const auto* variable = dyn_cast<VarDecl>(declaration);
        if (!variable || variable->hasGlobalStorage()) continue;
        const Expr* from = escaped_.contains(variable) ? nullptr : variable->getInit();
        note_assigned(without_spaces(*variable_slot(variable)),
                      from ? kept_value(from, variable->getType()) : "", out);
      }
    }
  }
  std::sort(out.kills.begin(), out.kills.end());
  out.kills.erase(std::unique(out.kills.begin(), out.kills.end()), out.kills.end());
}

// Leaves of what is kept that for which some branch asks, at once or through another local.
static void drop_unasked(std::vector<FlowBlock>& blocks) {
  std::set<std::string> asked;
  const auto ask = [&](const std::string& text) {
    const size_t before = asked.size();
    for (size_t at = 0; at < text.size();) {
      const size_t end = std::min(text.find_first_of(" /", at), text.size());
      asked.insert(text.substr(at, end - at));
      at = end + 1;
    }
    return asked.size() > before;
  };
  for (const FlowBlock& block : blocks) ask(block.condition);
  for (bool more = true; more;) {
    more = false;
    for (const FlowBlock& block : blocks)
      for (const KeptValue& kept : block.kept)
        if (asked.contains(kept.slot)) more |= ask(kept.value);
  }
  for (FlowBlock& block : blocks)
    std::erase_if(block.kept, [&](const KeptValue& kept) { return !asked.contains(kept.slot); });
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
  note_assigned(block, out);
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
  for (const CFGBlock* block : cfg) {
    FlowBlock& out = flow.blocks.emplace_back(flow_block(*block));
    if (out.id == flow.entry) std::ranges::copy(handlers_of(cfg), std::back_inserter(out.next));
  }
  drop_unasked(flow.blocks);
  std::string text;
  for (const FlowBlock& out : flow.blocks) {
    text += fmt::format("{} {} ! {} > {} = {};", out.id, out.condition, fmt::join(out.kills, " "),
                        fmt::join(out.next, " "), fmt::join(out.labels, " "));
    for (const KeptValue& kept : out.kept) text += fmt::format("{} {};", kept.slot, kept.value);
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
