#include "analyzer/clang_tested.h"

#include <clang/AST/ExprCXX.h>
#include <clang/AST/StmtCXX.h>

#include <algorithm>
#include <deque>

namespace bh {

using namespace clang;

namespace {

constexpr size_t MostPaths = 16;
constexpr size_t MostValues = 64;

bool starts_with(const std::vector<const ValueDecl*>& path,
                 const std::vector<const ValueDecl*>& start) {
  return start.size() <= path.size() && std::equal(start.begin(), start.end(), path.begin());
}

const Type* type_of(QualType type) { return type.getCanonicalType().getTypePtr(); }

std::set<const ValueDecl*> variables_in(const Stmt* root) {
  std::set<const ValueDecl*> found;
  std::vector<const Stmt*> open = {root};
  while (!open.empty()) {
    const Stmt* at = open.back();
    open.pop_back();
    if (!at) continue;
    if (const auto* reference = dyn_cast<DeclRefExpr>(at)) found.insert(reference->getDecl());
    open.insert(open.end(), at->child_begin(), at->child_end());
  }
  return found;
}

QualType object_of(const ValueDecl* part) {
  const QualType pointee = part->getType()->getPointeeType();
  return pointee.isNull() ? part->getType() : pointee;
}

// Whether an object of the type may hold one of the other, or is one.
bool holds(QualType type, const Type* other) {
  std::set<const Type*> seen;
  std::vector<QualType> open = {type};
  while (!open.empty()) {
    QualType at = open.back();
    open.pop_back();
    while (at->isArrayType()) at = QualType(at->getArrayElementTypeNoTypeQual(), 0);
    if (type_of(at.getUnqualifiedType()) == other) return true;
    const RecordDecl* record = at.getCanonicalType()->getAsRecordDecl();
    if (!record || !seen.insert(type_of(at.getUnqualifiedType())).second) continue;
    if (const auto* derived = dyn_cast<CXXRecordDecl>(record); derived && derived->hasDefinition())
      for (const CXXBaseSpecifier& base : derived->bases()) open.push_back(base.getType());
    for (const FieldDecl* field : record->fields()) open.push_back(field->getType());
  }
  return false;
}

// Whether writing a whole record of the type may write what the path leads to, through another name
// of its object.
bool covers(QualType type, const std::vector<const ValueDecl*>& path) {
  const bool pointer = !path.front()->getType()->getPointeeType().isNull();
  return std::any_of(path.begin(), path.end(), [&](const ValueDecl* part) {
    const Type* object = type_of(object_of(part).getUnqualifiedType());
    return object == type_of(type.getUnqualifiedType()) ||
           (pointer && part == path.front() && holds(type, object));
  });
}

template <class Work>
void each_statement(const CFG& cfg, const Work& work) {
  for (const CFGBlock* block : cfg)
    for (const CFGElement& element : *block)
      if (std::optional<CFGStmt> s = element.getAs<CFGStmt>()) work(s->getStmt());
}

}  // namespace

const Expr* branch_condition(const CFGBlock& block) {
  if (block.succ_size() != 2 || !block.getTerminator().isStmtBranch()) return nullptr;
  const Stmt* terminator = block.getTerminatorStmt();
  if (!terminator ||
      isa<SwitchStmt, CXXTryStmt, IndirectGotoStmt, GCCAsmStmt, CXXForRangeStmt>(terminator))
    return nullptr;
  return block.getLastCondition();
}

TestedValues::TestedValues(const CFG& cfg, const ASTContext& context, const Constant& constant)
    : context_(context), constant_(constant) {
  note_wanted(cfg);
  if (!wanted_.empty()) solve(cfg);
}

void TestedValues::enter(const CFGBlock& block) {
  const auto found = entries_.find(block.getBlockID());
  now_ = found == entries_.end() ? State{} : found->second;
}

const std::set<Atom>* TestedValues::known(const Expr* expression) const {
  if (now_.empty()) return nullptr;
  const auto found = now_.find(number(expression));
  return found == now_.end() ? nullptr : &found->second;
}

TestedValues::Path TestedValues::path_of(const Expr* expression) const {
  Path path;
  const Expr* e = expression->IgnoreParenCasts();
  while (const auto* member = dyn_cast<MemberExpr>(e)) {
    const auto* field = dyn_cast<FieldDecl>(member->getMemberDecl());
    if (!field || field->getParent()->isUnion()) return {};
    path.push_back(field);
    e = member->getBase()->IgnoreParenCasts();
  }
  const auto* reference = dyn_cast<DeclRefExpr>(e);
  const auto* variable = reference ? dyn_cast<VarDecl>(reference->getDecl()) : nullptr;
  if (!variable || variable->hasGlobalStorage() || variable->getType()->isReferenceType() ||
      shared_.contains(variable) || reference->refersToEnclosingVariableOrCapture())
    return {};
  path.push_back(variable);
  std::reverse(path.begin(), path.end());
  return path;
}

TestedValues::Path TestedValues::number(const Expr* expression) const {
  const Expr* e = expression->IgnoreParens();
  if (!e->getType()->isIntegralOrEnumerationType()) return {};
  while (const auto* cast = dyn_cast<CastExpr>(e)) {
    e = cast->getSubExpr()->IgnoreParens();
    if (!e->getType()->isIntegralOrEnumerationType() ||
        context_.getIntWidth(cast->getType()) < context_.getIntWidth(e->getType()))
      return {};  // cut off
  }
  return path_of(e);
}

// Lambdas that capture a variable may write it whenever something is called.
void TestedValues::note_shared(const CFG& cfg) {
  each_statement(cfg, [&](const Stmt* statement) {
    if (const auto* lambda = dyn_cast<LambdaExpr>(statement))
      for (const LambdaCapture& capture : lambda->captures())
        if (capture.capturesVariable()) shared_.insert(capture.getCapturedVar());
  });
}

std::set<TestedValues::Path> TestedValues::tested(const CFG& cfg) const {
  std::set<Path> found;
  for (const CFGBlock* block : cfg) {
    if (const auto* choice = dyn_cast_or_null<SwitchStmt>(block->getTerminatorStmt()))
      found.insert(number(choice->getCond()));
    else
      found.insert(comparison(*block).path);
  }
  found.erase(Path{});
  return found;
}

void TestedValues::note_wanted(const CFG& cfg) {
  note_shared(cfg);
  const std::set<Path> candidates = tested(cfg);
  if (candidates.empty()) return;
  const auto want = [&](const Expr* used) {
    Path path = used ? number(used) : Path{};
    if (candidates.contains(path) && wanted_.size() < MostPaths) wanted_.insert(std::move(path));
  };
  each_statement(cfg, [&](const Stmt* statement) {
    if (const auto* call = dyn_cast<CallExpr>(statement))
      for (const Expr* argument : call->arguments()) want(argument);
    else if (const auto* assignment = dyn_cast<BinaryOperator>(statement);
             assignment && assignment->getOpcode() == BO_Assign)
      want(assignment->getRHS());
    else if (const auto* leave = dyn_cast<ReturnStmt>(statement))
      want(leave->getRetValue());
    else if (const auto* declarations = dyn_cast<DeclStmt>(statement))
      for (const Decl* declaration : declarations->decls())
        if (const auto* variable = dyn_cast<VarDecl>(declaration)) want(variable->getInit());
  });
}

void TestedValues::solve(const CFG& cfg) {
  std::deque<const CFGBlock*> open = {&cfg.getEntry()};
  entries_[cfg.getEntry().getBlockID()];
  while (!open.empty()) {
    const CFGBlock* block = open.front();
    open.pop_front();
    State state = entries_[block->getBlockID()];
    for (const CFGElement& element : *block) pass(element, state);
    size_t side = 0;
    for (const CFGBlock::AdjacentBlock& next : block->succs()) {
      const State left = behind(*block, side++, state);
      const CFGBlock* to = next.getReachableBlock();
      if (!to) continue;
      const auto [known, added] = entries_.try_emplace(to->getBlockID(), left);
      bool changed = added;
      for (auto at = known->second.begin(); !added && at != known->second.end();) {
        const auto other = left.find(at->first);
        const size_t before = at->second.size();
        if (other != left.end()) at->second.insert(other->second.begin(), other->second.end());
        const bool lost = other == left.end() || at->second.size() > MostValues;
        changed |= lost || at->second.size() != before;
        at = lost ? known->second.erase(at) : std::next(at);
      }
      if (changed) open.push_back(to);
    }
  }
}

TestedValues::Comparison TestedValues::comparison(const CFGBlock& block) const {
  const Expr* condition = branch_condition(block);
  const auto* compared =
      condition ? dyn_cast<BinaryOperator>(condition->IgnoreParenCasts()) : nullptr;
  if (!compared || !compared->isEqualityOp()) return {};
  const bool equal = compared->getOpcode() == BO_EQ;
  for (const bool swapped : {false, true}) {
    const Expr* constant = swapped ? compared->getLHS() : compared->getRHS();
    Path path = number(swapped ? compared->getRHS() : compared->getLHS());
    if (path.empty()) continue;
    if (Atom atom = constant_(constant); atom.kind == AtomKind::Constant)
      return {std::move(path), std::move(atom), equal};
  }
  return {};
}

// What is known where the block is left by this side.
TestedValues::State TestedValues::behind(const CFGBlock& block, size_t side, State state) const {
  if (const auto* choice = dyn_cast_or_null<SwitchStmt>(block.getTerminatorStmt())) {
    const Path path = number(choice->getCond());
    const CFGBlock* to = (block.succ_begin() + side)->getReachableBlock();
    const auto* label = to ? dyn_cast_or_null<CaseStmt>(to->getLabel()) : nullptr;
    if (!label || !wanted_.contains(path)) return state;
    state.erase(path);
    const Atom constant = label->getRHS() ? Atom{} : constant_(label->getLHS());
    if (constant.kind == AtomKind::Constant) state[path] = {constant};
    return state;
  }
  const Comparison compared = comparison(block);
  if (wanted_.contains(compared.path) && compared.equal == (side == 0))
    state[compared.path] = {compared.constant};
  return state;
}

void TestedValues::pass(const CFGElement& element, State& state) const {
  const std::optional<CFGStmt> s = element.getAs<CFGStmt>();
  if (!s || state.empty()) return;
  const Stmt* statement = s->getStmt();
  if (const auto* call = dyn_cast<CallExpr>(statement)) {
    for (const Expr* argument : call->arguments()) handed_out(argument, state);
    if (const auto* member = dyn_cast<CXXMemberCallExpr>(call))
      handed_out(member->getImplicitObjectArgument(), state);
  } else if (const auto* made = dyn_cast<CXXConstructExpr>(statement)) {
    for (const Expr* argument : made->arguments()) handed_out(argument, state);
  } else if (const auto* binary = dyn_cast<BinaryOperator>(statement)) {
    if (binary->isAssignmentOp()) written(binary->getLHS(), state);
  } else if (const auto* unary = dyn_cast<UnaryOperator>(statement)) {
    if (unary->isIncrementDecrementOp()) written(unary->getSubExpr(), state);
  } else if (const auto* declarations = dyn_cast<DeclStmt>(statement)) {
    for (const Decl* declaration : declarations->decls())
      std::erase_if(state, [&](const auto& entry) { return entry.first.front() == declaration; });
  } else if (isa<AsmStmt>(statement)) {
    state.clear();
  }
}

// The array that holds the element; another expression than that of an element is itself.
static const Expr* array_of(const Expr* expression) {
  const Expr* e = expression->IgnoreParenCasts();
  while (const auto* element = dyn_cast<ArraySubscriptExpr>(e)) {
    const Expr* base = element->getBase()->IgnoreParenCasts();
    if (!base->getType()->isArrayType()) break;
    e = base;
  }
  return e;
}

// Through another pointer the field of any object may be the one that was tested.
void TestedValues::written(const Expr* to, State& state) const {
  const Expr* e = array_of(to);
  const ValueDecl* written = nullptr;
  if (const auto* member = dyn_cast<MemberExpr>(e))
    written = member->getMemberDecl();
  else if (const auto* reference = dyn_cast<DeclRefExpr>(e))
    written = reference->getDecl();
  const QualType type = e->getType();
  if (!written && type->isIntegralOrEnumerationType()) return state.clear();
  std::erase_if(state, [&](const auto& entry) {
    const Path& path = entry.first;
    return (written && std::find(path.begin(), path.end(), written) != path.end()) ||
           (type->isRecordType() && covers(type, path));
  });
}

// What gets a pointer or a reference to it, or to another object of its type, may write to it.
void TestedValues::handed_out(const Expr* argument, State& state) const {
  QualType type = argument->getType();
  const bool pointer = type->isPointerType();
  if (pointer) type = type->getPointeeType();
  if ((!pointer && !argument->isGLValue()) || type.isConstQualified()) return;
  const Expr* e = argument->IgnoreParenCasts();
  if (const auto* address = dyn_cast<UnaryOperator>(e);
      address && address->getOpcode() == UO_AddrOf)
    e = address->getSubExpr();
  const Path object = path_of(e);
  const std::set<const ValueDecl*> variables =
      object.empty() ? variables_in(argument) : std::set<const ValueDecl*>{};
  std::erase_if(state, [&](const auto& entry) {
    const Path& path = entry.first;
    return (object.empty() ? variables.contains(path.front()) : starts_with(path, object)) ||
           (type->isRecordType() && covers(type, path));
  });
}

}  // namespace bh
