// What an expression may be: constants with the names they were written with, functions, slots.
#include <clang/AST/ExprCXX.h>
#include <clang/Lex/Lexer.h>
#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/ADT/StringMap.h>

#include <algorithm>

#include "analyzer/clang_body.h"

namespace bh {

using namespace clang;

bool is_function_pointer(QualType type) {
  type = type.getNonReferenceType().getCanonicalType();
  while (true) {
    if (type->isFunctionType() || type->isBlockPointerType() || type->isMemberFunctionPointerType())
      return true;
    if (const auto* pointer = type->getAs<PointerType>())
      type = pointer->getPointeeType();
    else if (const ArrayType* array = type->getAsArrayTypeUnsafe())
      type = array->getElementType();
    else
      return false;
  }
}

static bool holds(const Value& value, AtomKind kind) {
  return std::any_of(value.alternatives.begin(), value.alternatives.end(),
                     [&](const Atom& atom) { return atom.kind == kind; });
}

bool holds_function(const Value& value) { return holds(value, AtomKind::Function); }
bool holds_result(const Value& value) { return holds(value, AtomKind::Result); }

std::optional<std::string> ClangBody::variable_slot(const ValueDecl* declaration) {
  if (const auto* parameter = dyn_cast<ParmVarDecl>(declaration))
    return "param:" + std::to_string(parameter->getFunctionScopeIndex());
  const auto* variable = dyn_cast<VarDecl>(declaration);
  if (!variable) return std::nullopt;
  if (variable->hasGlobalStorage()) return "global:" + names_.global(variable);
  std::string name = variable->getNameAsString();
  // `__range2` of a loop has its depth, which is another one in a template that is parsed late.
  if (variable->isImplicit()) name.resize(name.find_last_not_of("0123456789") + 1);
  return "local:" + name;
}

const Expr* unwrapped(const Expr* expression) {
  const Expr* e = expression->IgnoreParenCasts();
  while (const auto* block = dyn_cast<StmtExpr>(e)) {
    const auto* last = dyn_cast_or_null<Expr>(block->getSubStmt()->body_back());
    if (!last) break;
    e = last->IgnoreParenCasts();
  }
  return e;
}

std::string ClangBody::captured_slot(const std::string& closure, const ValueDecl* variable) {
  return "field:" + closure + "." + variable->getNameAsString();
}

// In a lambda's body what it captured is a field of its closure.
std::optional<std::string> ClangBody::reference_slot(const DeclRefExpr* reference) {
  const auto* variable = dyn_cast<VarDecl>(reference->getDecl());
  const bool captured =
      variable && (reference->refersToEnclosingVariableOrCapture() || variable->isInitCapture());
  if (captured && !closure_.empty()) return captured_slot(closure_, variable);
  return variable_slot(reference->getDecl());
}

// Elements of an array are one slot; what a plain pointer points at is none.
std::optional<std::string> ClangBody::slot(const Expr* expression) {
  const Expr* e = expression->IgnoreParenCasts();
  while (const auto* element = dyn_cast<ArraySubscriptExpr>(e))
    e = element->getBase()->IgnoreParenCasts();
  if (const auto* reference = dyn_cast<DeclRefExpr>(e)) return reference_slot(reference);
  const auto* member = dyn_cast<MemberExpr>(e);
  if (!member) return std::nullopt;
  if (const auto* field = dyn_cast<FieldDecl>(member->getMemberDecl()))
    return "field:" + names_.field(field);
  return variable_slot(member->getMemberDecl());
}

static bool is_aggregate(QualType type) { return type->isRecordType() || type->isArrayType(); }

Value ClangBody::value(const Expr* expression) {
  Value result;
  result.alternatives.clear();
  std::vector<const Expr*> stack = {expression};
  while (!stack.empty() && result.alternatives.size() < 16) {
    const Expr* written = stack.back();
    const Expr* e = unwrapped(written);
    stack.pop_back();
    if (const auto* choice = dyn_cast<ConditionalOperator>(e)) {
      stack.push_back(choice->getFalseExpr());
      stack.push_back(choice->getTrueExpr());
    } else if (const auto* pair = dyn_cast<BinaryOperator>(e);
               pair && (pair->getOpcode() == BO_Comma || pair->getOpcode() == BO_Assign)) {
      stack.push_back(pair->getRHS());
    } else if (const auto* full = dyn_cast<FullExpr>(e)) {
      stack.push_back(full->getSubExpr());
    } else if (const auto* temporary = dyn_cast<MaterializeTemporaryExpr>(e)) {
      stack.push_back(temporary->getSubExpr());
    } else if (const std::set<Atom>* known = tested_ ? tested_->known(written) : nullptr) {
      result.alternatives.insert(result.alternatives.end(), known->begin(), known->end());
    } else if (const auto* initial = dyn_cast<CXXDefaultInitExpr>(e)) {
      stack.push_back(initial->getExpr());
    } else if (const auto* argument = dyn_cast<CXXDefaultArgExpr>(e)) {
      stack.push_back(argument->getExpr());
    } else if (const auto* braces = dyn_cast<InitListExpr>(e);
               braces && braces->getNumInits() == 1 && !is_aggregate(braces->getType())) {
      stack.push_back(braces->getInit(0));
    } else {
      result.alternatives.push_back(atom(e));
    }
  }
  if (!stack.empty()) result.alternatives = {Atom{}};
  return result;
}

Atom ClangBody::atom(const Expr* e) {
  if (const auto* text = dyn_cast<StringLiteral>(e))
    return text->getCharByteWidth() == 1
               ? Atom{AtomKind::Text, text->getString().substr(0, 80).str()}
               : Atom{};
  const auto* unary = dyn_cast<UnaryOperator>(e);
  bool pointee = unary && (unary->getOpcode() == UO_AddrOf || unary->getOpcode() == UO_Deref);
  const Expr* inner = pointee ? unary->getSubExpr()->IgnoreParenCasts() : e;
  if (const auto* reference = dyn_cast<DeclRefExpr>(inner))
    if (const auto* function = dyn_cast<FunctionDecl>(reference->getDecl()))
      return {AtomKind::Function, names_.link_name(function)};
  if (pointee) {
    bool address = unary->getOpcode() == UO_AddrOf;
    if (!address && !inner->getType()->isFunctionPointerType()) return {};
    std::optional<std::string> to = slot(inner);
    return to ? Atom{address ? AtomKind::Address : AtomKind::Slot, *to} : Atom{};
  }
  if (!e->isValueDependent() && e->getType()->isIntegralOrEnumerationType()) {
    Expr::EvalResult result;
    if (e->EvaluateAsInt(result, context_)) {
      llvm::APSInt number = result.Val.getInt();
      if (number.getSignificantBits() <= 64)
        return {AtomKind::Constant, constant_names(e), number.getExtValue()};
    }
  }
  const bool left_out = isa<ImplicitValueInitExpr, CXXScalarValueInitExpr, InitListExpr>(e) &&
                        e->getType()->isScalarType();
  if (left_out || e->getType()->isNullPtrType()) return {AtomKind::Constant, "", 0};
  if (e->getType()->isPointerType() &&
      e->isNullPointerConstant(context_, Expr::NPC_ValueDependentIsNotNull))
    return {AtomKind::Constant, "", 0};
  if (std::optional<std::string> from = slot(e)) return {AtomKind::Slot, *from};
  if (const auto* call = dyn_cast<CallExpr>(e))
    if (const FunctionDecl* callee = call->getDirectCallee())
      return {AtomKind::Result, names_.link_name(callee)};
  return {};
}

// Pointers that are assigned once: a variable, a field, or the address of one. Locals of one name
// are one slot.
void ClangBody::find_aliases(const CFG& cfg) {
  struct Local {
    const VarDecl* variable;
    const Expr* from = nullptr;
    unsigned writes = 0;
  };
  llvm::StringMap<Local> locals;
  const auto note = [&](const ValueDecl* declaration, const Expr* from, unsigned writes) {
    const auto* variable = dyn_cast<VarDecl>(declaration);
    if (!variable || variable->hasGlobalStorage() || isa<ParmVarDecl>(variable)) return;
    Local& local = locals.try_emplace(variable->getName(), Local{variable}).first->second;
    local.writes += local.variable == variable ? writes : 2;
    if (from) local.from = from;
  };
  const auto note_written = [&](const Expr* to, const Expr* from) {
    if (const auto* reference = dyn_cast<DeclRefExpr>(to->IgnoreParenCasts()))
      note(reference->getDecl(), from, 1);
  };
  for (const CFGBlock* block : cfg)
    for (const CFGElement& element : *block) {
      std::optional<CFGStmt> s = element.getAs<CFGStmt>();
      if (!s) continue;
      if (const auto* binary = dyn_cast<BinaryOperator>(s->getStmt());
          binary && binary->isAssignmentOp())
        note_written(binary->getLHS(),
                     binary->getOpcode() == BO_Assign ? binary->getRHS() : nullptr);
      else if (const auto* unary = dyn_cast<UnaryOperator>(s->getStmt());
               unary && unary->isIncrementDecrementOp())
        note_written(unary->getSubExpr(), nullptr);
      else if (const auto* declarations = dyn_cast<DeclStmt>(s->getStmt()))
        for (const Decl* declaration : declarations->decls())
          if (const auto* variable = dyn_cast<VarDecl>(declaration))
            note(variable, variable->getInit(), variable->getInit() ? 1 : 0);
    }
  const auto names_variable = [&](const Expr* from) {
    const Value stored = value(from);
    return std::all_of(stored.alternatives.begin(), stored.alternatives.end(), [](const Atom& a) {
      const bool name = a.kind == AtomKind::Slot || a.kind == AtomKind::Address;
      return name && (outlives_function(a.text) || a.text.starts_with("param:"));
    });
  };
  aliases_.clear();
  for (const auto& [name, local] : locals) {
    const VarDecl* variable = local.variable;
    const bool pointer = variable->getType()->isPointerType() && passed_.contains(variable);
    if (pointer && local.writes == 1 && local.from && !escaped_.contains(variable) &&
        names_variable(local.from))
      aliases_.insert(variable);
  }
}

// The object-like macro or the enumerator that the whole expression is written as; or "".
std::string ClangBody::written_as(const Expr* expression) {
  if (const auto* reference = dyn_cast<DeclRefExpr>(expression->IgnoreParens()))
    if (isa<EnumConstantDecl>(reference->getDecl())) return reference->getDecl()->getNameAsString();
  const SourceManager& sources = context_.getSourceManager();
  const SourceLocation begin = expression->getBeginLoc(), end = expression->getEndLoc();
  if (!begin.isMacroID() || !end.isMacroID()) return "";
  const StringRef name = Lexer::getImmediateMacroName(begin, sources, context_.getLangOpts());
  const bool one = sources.getImmediateExpansionRange(begin).getBegin() ==
                       sources.getImmediateExpansionRange(end).getBegin() &&
                   name == Lexer::getImmediateMacroName(end, sources, context_.getLangOpts());
  const IdentifierInfo* identifier = one ? preprocessor_.getIdentifierInfo(name) : nullptr;
  const MacroInfo* macro = identifier ? preprocessor_.getMacroInfo(identifier) : nullptr;
  return macro && macro->isObjectLike() ? name.str() : "";
}

// "#12:DEBUG+TRACE": bits of a constant, with the names of flags that they are when each is one.
std::optional<Atom> ClangBody::bits(const Expr* expression) {
  Expr::EvalResult result;
  if (expression->isValueDependent() || !expression->getType()->isIntegralOrEnumerationType() ||
      !expression->EvaluateAsInt(result, context_) || result.Val.getInt().getSignificantBits() > 64)
    return std::nullopt;
  Atom found{AtomKind::Constant, "", result.Val.getInt().getExtValue()};
  std::vector<const Expr*> open = {expression};
  while (!open.empty()) {
    const Expr* e = open.back();
    open.pop_back();
    std::string name = written_as(e);
    const auto* either = dyn_cast<BinaryOperator>(e->IgnoreParenCasts());
    if (!name.empty()) {
      found.text += (found.text.empty() ? "" : "+") + name;
    } else if (either && either->getOpcode() == BO_Or) {
      open.push_back(either->getRHS());
      open.push_back(either->getLHS());
    } else if (const auto* cast = dyn_cast<CastExpr>(e->IgnoreParens())) {
      open.push_back(cast->getSubExpr());
    } else {
      found.text.clear();
      break;
    }
  }
  return found;
}

// "MON_ONCE+MON_AUTHDECIDE": the enumerators and object-like macros of a constant expression.
std::string ClangBody::constant_names(const Expr* expression) {
  std::string text;
  auto add = [&](const std::string& name) { text += (text.empty() ? "" : "+") + name; };
  const SourceManager& sources = context_.getSourceManager();
  std::vector<const Stmt*> stack = {expression};
  llvm::SmallPtrSet<const VarDecl*, 4> seen;
  while (!stack.empty()) {
    const Stmt* s = stack.back();
    stack.pop_back();
    if (!s) continue;
    std::vector<const Stmt*> children(s->child_begin(), s->child_end());
    stack.insert(stack.end(), children.rbegin(), children.rend());
    if (const auto* reference = dyn_cast<DeclRefExpr>(s)) {
      if (isa<EnumConstantDecl>(reference->getDecl())) add(reference->getDecl()->getNameAsString());
      const auto* constant = dyn_cast<VarDecl>(reference->getDecl());
      if (constant && constant->getType()->isIntegralOrEnumerationType() &&
          seen.insert(constant).second)
        stack.push_back(constant->getAnyInitializer());  // `sizeof x` may name itself
    } else if (isa<IntegerLiteral, CharacterLiteral>(s) && s->getBeginLoc().isMacroID()) {
      StringRef name =
          Lexer::getImmediateMacroName(s->getBeginLoc(), sources, context_.getLangOpts());
      const IdentifierInfo* identifier = preprocessor_.getIdentifierInfo(name);
      const MacroInfo* macro = identifier ? preprocessor_.getMacroInfo(identifier) : nullptr;
      if (macro && macro->isObjectLike()) add(name.str());
    }
  }
  return text;
}

}  // namespace bh
